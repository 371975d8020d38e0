"""Where a new module and its tests belong, by the files of the project."""

import pytest

from ai_sessions.plan.layout import layout


@pytest.mark.parametrize(
    ("tool", "source", "test"),
    [
        ("pytest", "pay_now.py", "tests/test_pay_now.py"),
        ("unittest", "pay_now.py", "test_pay_now.py"),
        ("vitest", "src/pay-now.js", "test/pay-now.test.js"),
        ("go", "pay_now.go", "pay_now_test.go"),
        ("cargo", "src/pay_now.rs", "tests/pay_now.rs"),
        ("rspec", "lib/pay_now.rb", "spec/pay_now_spec.rb"),
        ("phpunit", "src/PayNow.php", "tests/PayNowTest.php"),
        ("maven", "src/main/java/PayNow.java", "src/test/java/PayNowTest.java"),
        ("mix", "lib/pay_now.ex", "test/pay_now_test.exs"),
        ("deno", "pay_now.ts", "pay_now_test.ts"),
        ("bats", "pay-now.sh", "test/pay-now.bats"),
        ("", "src/pay-now.js", "test/pay-now.test.js"),
    ],
)
def test_an_empty_project_gets_what_is_usual_with_its_tool(tool, source, test):
    found = layout([], tool)

    assert (found.source_of("pay-now"), found.test_of("pay-now")) == (source, test)


@pytest.mark.parametrize(
    ("tool", "files", "source", "test"),
    [
        (
            "pytest",
            ["src/shop/a.py", "src/shop/b.py", "setup.py", "test/unit/test_a.py"],
            "src/shop/pay_now.py",
            "test/unit/test_pay_now.py",
        ),
        ("pytest", ["shop/a.py", "shop/a_test.py"], "shop/pay_now.py", "shop/pay_now_test.py"),
        ("unittest", ["shop.py", "docs/conf.py", "docs/x.py"], "pay_now.py", "test_pay_now.py"),
        (
            "vitest",
            ["src/a.ts", "src/a.spec.ts", "vitest.config.ts"],
            "src/pay-now.ts",
            "src/pay-now.spec.ts",
        ),
        ("jest", ["lib/a.ts", "jest.config.js"], "lib/pay-now.ts", "test/pay-now.test.js"),
        ("go", ["go.mod", "pay/a.go", "pay/a_test.go"], "pay/pay_now.go", "pay/pay_now_test.go"),
        (
            "maven",
            ["src/main/java/x/A.java", "src/test/java/x/ATest.java"],
            "src/main/java/x/PayNow.java",
            "src/test/java/x/PayNowTest.java",
        ),
        (
            "pytest",
            ["shop.py", "tests/test_a.py", "web/a.test.js", "web/b.test.js"],
            "pay_now.py",
            "tests/test_pay_now.py",
        ),
    ],
    ids=["folders", "beside", "aside", "ts", "no-tests-yet", "go", "maven", "two-languages"],
)
def test_new_files_stand_where_the_others_do(tool, files, source, test):
    found = layout(files, tool)

    assert (found.source_of("pay-now"), found.test_of("pay-now")) == (source, test)


def test_of_two_places_the_one_with_more_tests_counts_and_the_shorter_of_equals():
    assert layout(["a/test_1.py", "a/test_2.py", "b/test_3.py"], "pytest").test == "a/test_{}.py"
    assert layout(["long/test_1.py", "b/test_2.py"], "pytest").test == "b/test_{}.py"


def test_tests_that_outnumber_the_sources_are_not_taken_for_them():
    assert layout(["shop/a.py", "test_1.py", "test_2.py"], "unittest").source == "shop/{}.py"


def test_in_a_part_only_its_own_files_count_and_paths_are_those_of_the_repository():
    files = ["web/src/a.ts", "web/src/a.test.ts", "api/src/x.spec.ts", "api/src/y.spec.ts"]
    found = layout(files, "vitest", "web")

    assert found.source_of("pay") == "web/src/pay.ts"
    assert found.test_of("pay") == "web/src/pay.test.ts"
    assert found.sources == "web/src/**/*.ts"


def test_all_sources_are_meant_by_one_pattern_that_does_not_mean_folders_of_tests():
    assert layout(["shop.py", "tests/test_a.py"], "pytest").sources == "*.py"
    assert layout(["src/a/x.py"], "pytest").sources == "src/a/**/*.py"


@pytest.mark.parametrize(("files", "readme"), [(["readme.rst"], "readme.rst"), ([], "README.md")])
def test_the_readme_is_the_one_that_is_there(files, readme):
    assert layout(files, "pytest").readme == readme
