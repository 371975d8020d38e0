"""Python projects: a library in `src/`, installed editable by pip or by uv; two of Django."""

from layouts import Layout, Work

_IGNORED = ".venv/\n__pycache__/\n*.egg-info/\n.pytest_cache/\n"
_VENV = (("python3", "-m", "venv", ".venv"),)
_PIP = (".venv/bin/python", "-m", "pip", "install", "-q")
_ONE = "def one():\n    return 1\n"
_TEST_ONE = "import paylib\n\n\ndef test_one():\n    assert paylib.one() == 1\n"
_LIBRARY = {
    ".gitignore": _IGNORED,
    "src/paylib/__init__.py": _ONE,
    "tests/test_one.py": _TEST_ONE,
}
_LIBRARY_WORK = (
    Work(
        ("src/paylib/__init__.py", f"{_ONE}\n\ndef charge(cents):\n    return cents * 2\n"),
        (
            "tests/test_charge.py",
            "import paylib\n\n\ndef test_charge():\n    assert paylib.charge(2) == 4\n",
        ),
    ),
    Work(
        ("src/paylib/refunds.py", "def refund(cents):\n    return -cents\n"),
        (
            "tests/test_refunds.py",
            "from paylib.refunds import refund\n\n\n"
            "def test_refund():\n    assert refund(2) == -2\n",
        ),
    ),
)

_SETUPTOOLS = """\
[build-system]
requires = ["setuptools>=68"]
build-backend = "setuptools.build_meta"

[project]
name = "paylib"
version = "0.1"
requires-python = ">=3.9"

[project.optional-dependencies]
test = ["pytest>=8"]

[tool.pytest.ini_options]
testpaths = ["tests"]
"""
_UV = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "paylib"
version = "0.1"
requires-python = ">=3.9"

[dependency-groups]
dev = ["pytest>=8"]

[tool.pytest.ini_options]
testpaths = ["tests"]
"""

#: What the tests of one task alone do not reach: they cover their own part of the library.
_COVERED = _SETUPTOOLS.replace('"pytest>=8"', '"pytest>=8", "pytest-cov>=5"') + (
    'addopts = "--cov=paylib --cov-fail-under=90"\n'
)

# -- two packages in one repository

_ROOT = """\
[project]
name = "shop"
version = "0.1"
requires-python = ">=3.9"
dependencies = ["shopcli"]

[dependency-groups]
dev = ["pytest>=8"]

[tool.uv.workspace]
members = ["packages/*"]

[tool.uv.sources]
shopcli = { workspace = true }

[tool.pytest.ini_options]
addopts = "--import-mode=importlib"
"""
_MEMBER = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "0.1"
requires-python = ">=3.9"
dependencies = [{needs}]
"""
_MEMBERS = {
    ".gitignore": _IGNORED,
    "pyproject.toml": _ROOT,
    "packages/core/pyproject.toml": _MEMBER.format(name="shopcore", needs=""),
    "packages/core/src/shopcore/__init__.py": _ONE,
    "packages/cli/pyproject.toml": _MEMBER.format(name="shopcli", needs='"shopcore"')
    + "\n[tool.uv.sources]\nshopcore = { workspace = true }\n",
    "packages/cli/src/shopcli/__init__.py": "import shopcore\n\n\n"
    "def shown():\n    return f'{shopcore.one()} cent'\n",
    "packages/cli/tests/test_shown.py": "import shopcli\n\n\n"
    "def test_shown():\n    assert shopcli.shown() == '1 cent'\n",
}
_MEMBERS_WORK = (
    Work(
        (
            "packages/core/src/shopcore/__init__.py",
            f"{_ONE}\n\ndef charge(cents):\n    return cents * 2\n",
        ),
        (
            "packages/cli/tests/test_charge.py",
            "import shopcore\n\n\ndef test_charge():\n    assert shopcore.charge(2) == 4\n",
        ),
    ),
    Work(
        ("packages/core/src/shopcore/refunds.py", "def refund(cents):\n    return -cents\n"),
        (
            "packages/cli/tests/test_refunds.py",
            "from shopcore.refunds import refund\n\n\n"
            "def test_refund():\n    assert refund(2) == -2\n",
        ),
    ),
)

# -- Django

_APP = {
    ".gitignore": f"{_IGNORED}db.sqlite3\n",
    "cart/__init__.py": "",
    "cart/apps.py": (
        "from django.apps import AppConfig\n\n\n"
        "class CartConfig(AppConfig):\n"
        '    default_auto_field = "django.db.models.BigAutoField"\n'
        '    name = "cart"\n'
    ),
    "cart/migrations/__init__.py": "",
    "cart/migrations/0001_initial.py": (
        "from django.db import migrations, models\n\n\n"
        "class Migration(migrations.Migration):\n"
        "    initial = True\n"
        "    operations = [\n"
        "        migrations.CreateModel(\n"
        '            name="Item",\n'
        "            fields=[\n"
        '                ("id", models.BigAutoField(primary_key=True, serialize=False)),\n'
        '                ("cents", models.IntegerField()),\n'
        "            ],\n"
        "        )\n"
        "    ]\n"
    ),
    "cart/models.py": (
        "from django.db import models\n\n\n"
        "class Item(models.Model):\n    cents = models.IntegerField()\n"
    ),
    "cart/tests/__init__.py": "",
    "cart/tests/test_items.py": (
        "from django.test import TestCase\n\nfrom cart.models import Item\n\n\n"
        "class Items(TestCase):\n"
        "    def test_is_stored(self):\n"
        "        Item.objects.create(cents=3)\n"
        "        self.assertEqual(Item.objects.get().cents, 3)\n"
    ),
}
_APP_WORK = (
    Work(
        (
            "cart/models.py",
            f"{_APP['cart/models.py']}\n    def doubled(self):\n        return self.cents * 2\n",
        ),
        (
            "cart/tests/test_doubled.py",
            "from django.test import TestCase\n\nfrom cart.models import Item\n\n\n"
            "class Doubled(TestCase):\n"
            "    def test_doubles(self):\n"
            "        self.assertEqual(Item.objects.create(cents=2).doubled(), 4)\n",
        ),
    ),
    Work(
        (
            "cart/totals.py",
            "from cart.models import Item\n\n\n"
            "def total():\n"
            '    return sum(Item.objects.values_list("cents", flat=True))\n',
        ),
        (
            "cart/tests/test_totals.py",
            "from django.test import TestCase\n\nfrom cart.models import Item\n"
            "from cart.totals import total\n\n\n"
            "class Totals(TestCase):\n"
            "    def test_sums_up(self):\n"
            "        Item.objects.create(cents=2)\n"
            "        Item.objects.create(cents=5)\n"
            "        self.assertEqual(total(), 7)\n",
        ),
    ),
)
_STARTED = (".venv/bin/django-admin", "startproject", "shopsite", ".")
_WITH_CART = ("sed", "-i", "s/^INSTALLED_APPS = \\[/&\\n    'cart',/", "shopsite/settings.py")
_XML_RUNNER = (
    'TEST_RUNNER = "xmlrunner.extra.djangotestrunner.XMLTestRunner"\\nTEST_OUTPUT_DIR = "reports"'
)
_INSTALLED = "from shopsite.settings import *\n\nINSTALLED_APPS += ['cart']\n"

LAYOUTS = (
    Layout(
        "pip, src layout, editable",
        {**_LIBRARY, "pyproject.toml": _SETUPTOOLS},
        _LIBRARY_WORK,
        (*_VENV, (*_PIP, "-e", ".[test]")),
    ),
    Layout(
        "pip, a threshold of coverage",
        {
            **_LIBRARY,
            ".gitignore": f"{_IGNORED}.coverage\n",
            "pyproject.toml": _COVERED,
        },
        _LIBRARY_WORK,
        (*_VENV, (*_PIP, "-e", ".[test]")),
    ),
    Layout(
        "uv sync, src layout",
        {**_LIBRARY, "pyproject.toml": _UV},
        _LIBRARY_WORK,
        (("uv", "sync", "-q"),),
        tools=("uv",),
    ),
    Layout(
        "uv run",
        {
            **_LIBRARY,
            "pyproject.toml": _UV,
            ".ai-session/config.yaml": (
                'test: {runner: pytest, cmd: [uv, run, pytest, -q, "{tests}"]}\n'
                "suite: {runner: pytest, cmd: [uv, run, pytest, -q]}\n"
            ),
        },
        _LIBRARY_WORK,
        (("uv", "sync", "-q"),),
        tools=("uv",),
    ),
    Layout("uv workspace", _MEMBERS, _MEMBERS_WORK, (("uv", "sync", "-q"),), tools=("uv",)),
    Layout(
        "Django, pytest-django",
        {
            **_APP,
            "requirements.txt": "Django>=4.2\npytest>=8\npytest-django>=4.8\n",
            "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = shopsite.with_cart\n",
            "shopsite/with_cart.py": _INSTALLED,
        },
        _APP_WORK,
        (*_VENV, (*_PIP, "-r", "requirements.txt"), _STARTED),
    ),
    Layout(
        "Django, a TEST_RUNNER of its own",
        {
            **_APP,
            ".gitignore": f"{_IGNORED}db.sqlite3\nreports/\n",
            "requirements.txt": "Django>=4.2\nunittest-xml-reporting>=3.2\n",
        },
        _APP_WORK,
        (
            *_VENV,
            (*_PIP, "-r", "requirements.txt"),
            _STARTED,
            _WITH_CART,
            ("sed", "-i", f"$ a {_XML_RUNNER}", "shopsite/settings.py"),
        ),
    ),
    Layout(
        "Django, manage.py test",
        {
            **_APP,
            "requirements.txt": "Django>=4.2\n",
        },
        _APP_WORK,
        (
            *_VENV,
            (*_PIP, "-r", "requirements.txt"),
            _STARTED,
            _WITH_CART,
        ),
    ),
)
