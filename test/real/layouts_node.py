"""Node.js projects: workspaces of npm, pnpm and yarn, an ignored build, other runners."""

import json

from layouts import Layout, Work

_INSTALL = (("npm", "install", "--no-audit", "--no-fund", "--silent"),)


def _package(name: str, **more: object) -> str:
    whole = {"name": name, "version": "1.0.0", "type": "module", **more}
    return json.dumps(whole, indent=2) + "\n"


def _tested(name: str, module: str, expression: str, expected: object) -> str:
    """A test of node:test: one import, one assertion."""
    return (
        "import test from 'node:test';\nimport assert from 'node:assert';\n"
        f"import {{ {name} }} from '{module}';\n\n"
        f"test('{name}', () => assert.equal({expression}, {expected}));\n"
    )


# -- workspaces

_ONE = "export const one = 1;\n"
_CHARGE = "export const charge = (cents) => cents * 2;\n"
_REFUND = "export const refund = (cents) => -cents;\n"
_MEMBERS = {
    ".gitignore": "node_modules/\n",
    "packages/core/package.json": _package("@shop/core", exports={".": "./index.js", "./*": "./*"}),
    "packages/core/index.js": _ONE,
    "packages/cli/test/one.test.js": _tested("one", "@shop/core", "one", 1),
}
_MEMBERS_WORK = (
    Work(
        ("packages/core/index.js", _ONE + _CHARGE),
        (
            "packages/cli/test/charge.test.js",
            _tested("charge", "@shop/core", "charge(2)", 4),
        ),
    ),
    Work(
        ("packages/core/refunds.js", _REFUND),
        (
            "packages/cli/test/refunds.test.js",
            _tested("refund", "@shop/core/refunds.js", "refund(2)", -2),
        ),
    ),
)

_ONE_OF_MS = "import ms from 'ms';\n\nexport const one = ms('1s');\n"

# -- a build

_COMPILER = {
    "compilerOptions": {
        "target": "es2022",
        "module": "nodenext",
        "rootDir": "src",
        "outDir": "dist",
        "strict": True,
        "types": [],
    },
    "include": ["src"],
}
_BUILD = ("npm", "run", "-s", "build")
_TYPED_CHARGE = "export const charge = (cents: number): number => cents * 2;\n"
_TYPED_REFUND = "export const refund = (cents: number): number => -cents;\n"

# -- runners that are told by the exit code alone

_RUNNERS = {
    "jest": ("^30.0.0", "jest", "", "expect({got}).toBe({expected})"),
    "vitest": (
        "^3.0.0",
        "vitest run",
        "import {{ test, expect }} from 'vitest';\n",
        "expect({got}).toBe({expected})",
    ),
    "mocha": (
        "^11.0.0",
        "mocha --recursive",
        "const assert = require('node:assert');\nconst test = it;\n",
        "assert.equal({got}, {expected})",
    ),
}


_SNAPSHOT = "expect({got}).toMatchSnapshot()"


def _of(runner: str, expecting: str = "") -> Layout:
    """`expecting`: what its tests assert in place of the value that they expect."""
    version, script, head, assertion = _RUNNERS[runner]
    assertion = expecting or assertion
    is_module = head.startswith("import")
    load = "import * as shop from '{}';" if is_module else "const shop = require('{}');"
    export = "export const {} = {};\n" if is_module else "exports.{} = {};\n"
    one = export.format("one", "1")

    def tested(name: str, module: str, got: str, expected: int) -> tuple[str, str]:
        line = assertion.format(got=f"shop.{got}", expected=expected)
        text = f"{head.format()}{load.format(module)}\n\ntest('{name}', () => {line});\n"
        return f"test/{name}.test.js", text

    files = {
        ".gitignore": "node_modules/\n",
        "package.json": _package(
            "shop",
            type="module" if is_module else "commonjs",
            scripts={"test": script},
            devDependencies={runner: version},
        ),
        "index.js": one,
        **dict([tested("one", "../index.js", "one", 1)]),
        **({"test/__snapshots__/one.test.js.snap": _recorded(runner)} if expecting else {}),
    }
    charge = one + export.format("charge", "(cents) => cents * 2")
    refund = export.format("refund", "(cents) => -cents")
    work = (
        Work(("index.js", charge), tested("charge", "../index.js", "charge(2)", 4)),
        Work(("refunds.js", refund), tested("refunds", "../refunds.js", "refund(2)", -2)),
    )
    return Layout(f"{runner}, snapshots" if expecting else runner, files, work, _INSTALL)


def _recorded(runner: str) -> str:
    head = {
        "jest": "// Jest Snapshot v1, https://jestjs.io/docs/snapshot-testing",
        "vitest": "// Vitest Snapshot v1, https://vitest.dev/guide/snapshot.html",
    }
    return f"{head[runner]}\n\nexports[`one 1`] = `1`;\n"


LAYOUTS = (
    Layout(
        "npm workspace",
        {
            **_MEMBERS,
            "package.json": _package("shop", private=True, workspaces=["packages/*"]),
            "packages/cli/package.json": _package("@shop/cli", dependencies={"@shop/core": "*"}),
        },
        _MEMBERS_WORK,
        _INSTALL,
    ),
    Layout(
        "pnpm workspace",
        {
            **_MEMBERS,
            "package.json": _package("shop", private=True),
            "pnpm-workspace.yaml": "packages:\n  - packages/*\n",
            "packages/cli/package.json": _package(
                "@shop/cli", dependencies={"@shop/core": "workspace:*"}
            ),
        },
        _MEMBERS_WORK,
        (("pnpm", "install", "--silent"),),
        tools=("pnpm",),
    ),
    Layout(
        "yarn workspace",
        {
            **_MEMBERS,
            "package.json": _package("shop", private=True, workspaces=["packages/*"]),
            "packages/cli/package.json": _package("@shop/cli", dependencies={"@shop/core": "*"}),
        },
        _MEMBERS_WORK,
        (("yarn", "install", "--silent", "--non-interactive"),),
        tools=("yarn",),
    ),
    Layout(
        "yarn, Plug'n'Play",
        {
            ".gitignore": ".yarn/\n.pnp.*\n",
            ".yarnrc.yml": "nodeLinker: pnp\nenableTelemetry: false\n",
            "yarn.lock": "",
            "package.json": _package(
                "shop",
                scripts={"test": "node --test"},
                dependencies={"ms": "^2.1.3"},
            ),
            "index.js": _ONE_OF_MS,
            "test/one.test.js": _tested("one", "../index.js", "one", 1000),
        },
        (
            Work(
                ("index.js", _ONE_OF_MS + _CHARGE),
                ("test/charge.test.js", _tested("charge", "../index.js", "charge(2)", 4)),
            ),
            Work(
                ("refunds.js", _REFUND),
                ("test/refunds.test.js", _tested("refund", "../refunds.js", "refund(2)", -2)),
            ),
        ),
        (("yarn", "install"),),
        tools=("yarn-berry",),
    ),
    Layout(
        "TypeScript built into dist",
        {
            ".gitignore": "node_modules/\ndist/\n",
            "package.json": _package(
                "shop",
                scripts={"build": "tsc", "test": "node --test"},
                devDependencies={"typescript": "^5.9.0"},
            ),
            "tsconfig.json": json.dumps(_COMPILER, indent=2),
            "src/index.ts": _ONE,
            "test/one.test.js": _tested("one", "../dist/index.js", "one", 1),
        },
        (
            Work(
                ("src/index.ts", _ONE + _TYPED_CHARGE),
                ("test/charge.test.js", _tested("charge", "../dist/index.js", "charge(2)", 4)),
                then=_BUILD,
            ),
            Work(
                ("src/refunds.ts", _TYPED_REFUND),
                (
                    "test/refunds.test.js",
                    _tested("refund", "../dist/refunds.js", "refund(2)", -2),
                ),
                then=_BUILD,
            ),
        ),
        (*_INSTALL, _BUILD),
    ),
    *map(_of, _RUNNERS),
    _of("jest", _SNAPSHOT),
    _of("vitest", _SNAPSHOT),
)
