"""Ruby: RSpec, Rails, or rake for all tests."""

import pytest

from ai_sessions.detection.ruby import ruby


@pytest.mark.parametrize(
    ("files", "test"),
    [
        ({"Gemfile": "gem 'rspec-rails'", "spec/a_spec.rb": ""}, "bundle exec rspec {tests}"),
        ({"x.gemspec": "", ".rspec": ""}, "rspec {tests}"),
        (
            {"Gemfile": "", "Gemfile.lock": "  rspec (3.0)\n", "spec/a_spec.rb": ""},
            "bundle exec rspec {tests}",
        ),
        (
            {"Gemfile": "gem 'rspec'", "Rakefile": "task :test", "test/a_test.rb": ""},
            "bundle exec rake test",
        ),
        ({"Gemfile": "", "bin/rails": "", "test/a_test.rb": ""}, "bin/rails test {tests}"),
        ({"Rakefile": "Rake::TestTask.new do |t|", "test/test_a.rb": ""}, "rake test"),
        ({"Rakefile": "Minitest::TestTask.create", "test/test_a.rb": ""}, "rake test"),
        ({"Rakefile": 'task "test" => :a', "test/test_a.rb": ""}, "rake test"),
        ({"Rakefile": "task test: [:a]", "test/test_a.rb": ""}, "rake test"),
        ({"Rakefile": "# task :test\ntask :testing", "test/test_a.rb": ""}, ""),
        ({"Gemfile": "# gem 'rspec'", "test/test_a.rb": ""}, ""),
        ({"Gemfile": "gem 'jekyll'"}, ""),
    ],
)
def test_the_gems_say_what_tests_are(made, files, test):
    assert " ".join(ruby(made(files)).test) == test


def test_ruby_files_alone_are_no_project(made):
    assert ruby(made({"a.rb": ""})) is None
