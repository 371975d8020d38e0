"""Every setting there is, declared once: its name, default, parser and what it is for."""

from __future__ import annotations

from ai_sessions.config.parsers import (
    amount,
    amounts,
    boolean,
    count,
    directory,
    duration,
    expanded,
    folders,
    no_option,
    numbers,
    optional_integer,
    positive_integer,
    positive_number,
    share,
    switch,
    tables,
    variables,
    with_home,
    word_of,
    words,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Setting:
    """One setting: its variable, default (as text), parser and what it is for (one sentence).

    `personal`: not taken from a project's file, because a cloned repository must not decide where
    your sessions go, what of them is kept or which server your key is sent to.
    """

    __slots__ = ("default", "group", "meaning", "name", "parse", "personal", "secret")

    def __init__(
        self,
        name: str,
        default: str,
        parse: Callable[[str], Any],
        meaning: str,
        *,
        group: str,
        secret: bool = False,
        personal: bool = False,
    ) -> None:
        self.name = name
        self.default = default
        self.parse = parse
        self.meaning = meaning
        self.group = group
        self.secret = secret
        self.personal = personal or secret


#: The commands that ask a model; each may have a provider and a model of its own.
ASKING = ("plan", "implement", "review", "verify", "chat")
#: Those of them that are no script of their own.
_TYPED = {"chat": "ai-session.sh chat"}


def for_command(name: str, command: str) -> str:
    """The setting that counts for one command alone: `AI_MODEL_PLAN`."""
    return f"{name}_{command.upper()}"


#: Every setting that names a provider.
PROVIDER_SETTINGS = ("AI_PROVIDER", *(for_command("AI_PROVIDER", one) for one in ASKING))


def _for_commands(name: str, parse: Callable[[str], Any], meaning: str) -> tuple[Setting, ...]:
    """One setting for each command that asks a model."""
    return tuple(
        Setting(
            for_command(name, command),
            "",
            parse,
            meaning.format(script=_TYPED.get(command, f"{command}.sh")),
            group="Models",
            personal=True,
        )
        for command in ASKING
    )


#: The setting with the key of each pool of models, and whose it is.
POOL_KEYS = {
    "OPENROUTER_API_KEY": "OpenRouter",
    "GEMINI_API_KEY": "Google AI Studio",
    "GROQ_API_KEY": "Groq",
    "CEREBRAS_API_KEY": "Cerebras",
    "MISTRAL_API_KEY": "Mistral",
    "NVIDIA_API_KEY": "NVIDIA",
}


def _keys() -> tuple[Setting, ...]:
    return tuple(
        Setting(
            name,
            "",
            str,
            f"Key for {title}; without it no model there is chosen.",
            group="Rotation",
            secret=True,
        )
        for name, title in POOL_KEYS.items()
    )


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "SESSION_DIR",
        "~/.ai-sessions",
        directory,
        "Where sessions are kept (0700).",
        group="Sessions",
        personal=True,
    ),
    Setting(
        "SESSION_PROVIDER",
        "files",
        word_of("files", "memory"),
        "Where a Python program keeps its conversations: files (in SESSION_DIR), memory (until it "
        "ends; nothing is written). Commands keep files.",
        group="Sessions",
        personal=True,
    ),
    Setting(
        "USE_SESSIONS",
        "true",
        boolean,
        "Record and continue conversations; false keeps nothing of them but what calls cost.",
        group="Sessions",
        personal=True,
    ),
    Setting(
        "SESSION_FSYNC",
        "data",
        word_of("data", "full", "none"),
        "What survives a power cut: data (all acknowledged writes), full (also the checkpoint "
        "file), none (for tests).",
        group="Sessions",
        personal=True,
    ),
    Setting(
        "SESSION_LOCK_TIMEOUT",
        "30",
        positive_number,
        "Seconds to wait for another process that is writing to the session.",
        group="Sessions",
    ),
    Setting(
        "SESSION_TURN_TIMEOUT",
        "60",
        positive_number,
        "Seconds to wait while another command talks in the session or works on the feature.",
        group="Sessions",
    ),
    Setting(
        "SESSION_CONTENT",
        "full",
        word_of("full", "none"),
        "Whether prompts and answers are stored, or only tokens and cost.",
        group="Sessions",
        personal=True,
    ),
    Setting(
        "DEFAULT_TOKEN_LIMIT",
        "4000",
        positive_integer,
        "Tokens that a model may be told at once in a conversation of an interface "
        "that names no limit.",
        group="Conversations",
        personal=True,
    ),
    Setting(
        "SUMMARIZE_THRESHOLD",
        "0.7",
        share,
        "Part of its token limit at which a conversation is summarized, such as 0.7.",
        group="Conversations",
        personal=True,
    ),
    Setting(
        "SUMMARY_MAX_TOKENS",
        "500",
        positive_integer,
        "Tokens that a summary may have.",
        group="Conversations",
        personal=True,
    ),
    Setting(
        "MIN_MESSAGES_TO_SUMMARIZE",
        "10",
        positive_integer,
        "Fewer messages are never summarized.",
        group="Conversations",
        personal=True,
    ),
    Setting(
        "SUMMARY_PROVIDER",
        "",
        str,
        "Who writes summaries, by the names of AI_PROVIDER; empty: they are put together from what "
        "was said, without a model and without cost.",
        group="Conversations",
        personal=True,
    ),
    Setting(
        "SUMMARY_MODEL",
        "",
        no_option,
        "Model of SUMMARY_PROVIDER, a cheap one as a rule; empty: the provider's default.",
        group="Conversations",
        personal=True,
    ),
    Setting(
        "RECALL",
        "true",
        boolean,
        "Look in older messages, which a model is not told any more, for what is asked.",
        group="Conversations",
        personal=True,
    ),
    Setting(
        "SEMANTIC",
        "auto",
        word_of("auto", "true", "false"),
        "Look for what means the same, too, in `search` and in older messages: auto (where the "
        "extra `semantic` is installed), true, false.",
        group="Conversations",
        personal=True,
    ),
    Setting(
        "TOKENIZER",
        "auto",
        word_of("auto", "o200k", "cl100k", "estimate"),
        "Who counts the tokens of a text that no provider counted: auto (o200k where the extra "
        "`tokens` is installed, else an estimate), o200k, cl100k, estimate.",
        group="Conversations",
        personal=True,
    ),
    Setting(
        "SESSION_EXPIRY_MS",
        "86400000",
        positive_integer,
        "Milliseconds after its last message when a conversation of an interface (api, "
        "telegram, discord) expires.",
        group="Conversations",
        personal=True,
    ),
    Setting(
        "CLEANUP_INTERVAL_MS",
        "3600000",
        positive_integer,
        "Milliseconds between two clean-ups of expired conversations by a program that "
        "keeps running.",
        group="Conversations",
        personal=True,
    ),
    Setting(
        "CACHE_MAX_SIZE",
        "1000",
        positive_integer,
        "Conversations that such a program keeps in memory.",
        group="Conversations",
        personal=True,
    ),
    Setting(
        "AI_PROVIDER",
        "",
        str,
        "Who answers: claude, codex, gemini, opencode (agents), openai, anthropic, openrouter, "
        "google, groq, cerebras, mistral, nvidia, ollama (servers), local (a model in this "
        "process), demo, echo; empty: the first agent that is installed, else openai or anthropic "
        "where an address or key is set, else the best model of the pools whose keys are set.",
        group="Models",
    ),
    Setting(
        "AI_MODEL",
        "",
        no_option,
        "Model name or alias (sonnet, opus, haiku, or a full id) of AI_PROVIDER; empty: the "
        "provider's default.",
        group="Models",
    ),
    *_for_commands("AI_PROVIDER", str, "Who answers {script} in place of AI_PROVIDER."),
    *_for_commands("AI_MODEL", no_option, "Model for {script} in place of AI_MODEL."),
    Setting(
        "AI_TIMEOUT",
        "1800",
        positive_number,
        "Seconds one call of an agent may take.",
        group="Models",
    ),
    Setting(
        "AI_SILENCE_TIMEOUT",
        "600",
        positive_number,
        "Seconds an agent may say nothing at all before it is stopped.",
        group="Models",
    ),
    Setting(
        "AI_WINDOW",
        "",
        optional_integer,
        "Tokens that the model can hold at once, its answer included; empty: as is known of its "
        "name, else 32000.",
        group="Models",
    ),
    Setting(
        "ANSWER_TOKENS",
        "4096",
        positive_integer,
        "Tokens of a model's window that are kept free for its answer.",
        group="Models",
    ),
    Setting(
        "AI_RETRY_WAIT",
        "5m",
        duration,
        "Longest wait for a limit to pass before a call is repeated (--retry), such as 90s or 6h.",
        group="Models",
    ),
    Setting(
        "OPENAI_BASE_URL",
        "",
        str,
        "Base URL of an OpenAI-compatible server, for AI_PROVIDER=openai "
        "(Ollama: http://127.0.0.1:11434/v1).",
        group="Models",
        personal=True,
    ),
    Setting(
        "OPENAI_API_KEY",
        "",
        str,
        "Key for that server; may stay empty for a local one.",
        group="Models",
        secret=True,
    ),
    Setting(
        "ANTHROPIC_BASE_URL",
        "https://api.anthropic.com",
        str,
        "Base URL of a server of the Messages API, for AI_PROVIDER=anthropic.",
        group="Models",
        personal=True,
    ),
    Setting("ANTHROPIC_API_KEY", "", str, "Key for that server.", group="Models", secret=True),
    Setting(
        "LLM_FALLBACK",
        "anthropic ollama",
        words,
        "Who answers a program's LLMService when its model cannot be asked: providers in their "
        "order, each alone or with a model (anthropic:claude-haiku-4-5); none: nobody.",
        group="Models",
        personal=True,
    ),
    Setting(
        "OLLAMA_BASE_URL",
        "http://127.0.0.1:11434/v1",
        str,
        "Address of Ollama, for AI_PROVIDER=ollama.",
        group="Models",
        personal=True,
    ),
    Setting(
        "LOCAL_MODEL_PATH",
        "",
        str,
        "GGUF file, or name of a model that was pulled, for AI_PROVIDER=local; AI_MODEL wins.",
        group="Models",
        personal=True,
    ),
    Setting(
        "LOCAL_CONTEXT",
        "8192",
        positive_integer,
        "Tokens that the local model can hold at once, its answer included; more take more memory.",
        group="Models",
    ),
    Setting(
        "LOCAL_MODELS_DIR",
        "~/.cache/ai-sessions/models",
        directory,
        "Where models that were pulled are kept; under $XDG_CACHE_HOME where that is set.",
        group="Models",
        personal=True,
    ),
    Setting(
        "LOCAL_MODELS_URL",
        "",
        str,
        "A mirror to pull models from, in place of their publishers' scheme and host.",
        group="Models",
        personal=True,
    ),
    Setting(
        "AI_MODELS",
        "",
        words,
        "Models that --model auto chooses among, the one you prefer first, such as "
        "openrouter:deepseek/deepseek-r1:free groq:llama-3.3-70b-versatile local:qwen3; empty: the "
        "free ones of every pool whose key is set.",
        group="Rotation",
        personal=True,
    ),
    Setting(
        "AI_MODELS_FILE",
        "",
        str,
        "Your own models and pools, JSON or YAML, beside those that are built in; empty: "
        "~/.config/ai-sessions/models.yaml or models.json where there is one.",
        group="Rotation",
        personal=True,
    ),
    Setting(
        "AI_STRATEGY",
        "paced",
        str,
        "How --model auto chooses: paced, seed, round-robin, least-used.",
        group="Rotation",
        personal=True,
    ),
    *_keys(),
    Setting(
        "ASSISTANT_DIR",
        "~/.gh-ai-assistant",
        directory,
        "Where the assistant keeps who you are and its statistics (0700).",
        group="Rotation",
        personal=True,
    ),
    Setting(
        "SESSION_ROOT",
        ".ai-session",
        str,
        "Name of the workspace folder in your repository.",
        group="Workflow",
        personal=True,
    ),
    Setting(
        "TEST_TIMEOUT",
        "300",
        positive_number,
        "Seconds one run of a task's tests may take when the plan names no limit.",
        group="Workflow",
    ),
    Setting(
        "ATTEMPTS",
        "3",
        positive_integer,
        "How often the agent may try each step of a task when the plan names no number.",
        group="Workflow",
    ),
    Setting(
        "ENV_KEEP",
        "",
        variables,
        "Environment variables that tests, hooks and set-up commands are given although they look "
        "like secrets: NPM_TOKEN DATABASE_URL.",
        group="Workflow",
        personal=True,
    ),
    Setting("BUDGET_CALL", "", amount, "Dollars one call may cost.", group="Budgets"),
    Setting("BUDGET_TASK", "", amount, "Dollars for the calls of one task.", group="Budgets"),
    Setting("BUDGET_FEATURE", "", amount, "Dollars for the calls of one feature.", group="Budgets"),
    Setting("BUDGET_SESSION", "", amount, "Dollars for the calls of one session.", group="Budgets"),
    Setting(
        "BUDGET_DAY",
        "",
        amount,
        "Dollars a day, over all sessions; days are those of this machine's clock.",
        group="Budgets",
        personal=True,
    ),
    Setting(
        "BUDGET_MONTH",
        "",
        amount,
        "Dollars a month, over all sessions.",
        group="Budgets",
        personal=True,
    ),
    Setting(
        "BUDGET_MODEL",
        "",
        amounts,
        "Dollars for each of some models, ever: opus=30 sonnet=50.",
        group="Budgets",
        personal=True,
    ),
    Setting(
        "PRICES",
        "",
        tables,
        "Your prices, dollars a million tokens: {my-model: {input: 1.5, output: 6}}, or a file.",
        group="Prices",
        personal=True,
    ),
    Setting(
        "RECORD",
        "auto",
        word_of("auto", "true", "false"),
        "Write sessions down as Markdown and JSON in RECORD_DIR: auto (those of a program's "
        "LLMService), true (those of commands, too), false.",
        group="Recording",
        personal=True,
    ),
    Setting(
        "RECORD_DIR",
        "data/sessions",
        with_home,
        "Where they are written (0700); a path that is not absolute begins in the working folder.",
        group="Recording",
        personal=True,
    ),
    Setting(
        "RECORD_KEEP_DAYS",
        "",
        optional_integer,
        "Days after its last message when such files are removed; empty: never.",
        group="Recording",
        personal=True,
    ),
    Setting(
        "RECORD_KEEP_COUNT",
        "",
        optional_integer,
        "How many sessions have such files, the newest; empty: all.",
        group="Recording",
        personal=True,
    ),
    Setting(
        "OTEL",
        "false",
        boolean,
        "Export a span of each call of a model by OpenTelemetry, to the address in "
        "OTEL_EXPORTER_OTLP_ENDPOINT. Needs the extra `otel`.",
        group="Recording",
        personal=True,
    ),
    Setting(
        "OTEL_CONTENT",
        "false",
        boolean,
        "Whether such a span has the prompt and the answer.",
        group="Recording",
        personal=True,
    ),
    Setting(
        "API_REPOSITORIES",
        "",
        folders,
        "Repositories whose features serve.sh shows, and whose tasks it may start: absolute paths "
        "between colons.",
        group="Server",
        personal=True,
    ),
    Setting(
        "API_RATE_LIMIT",
        "6000",
        count,
        "Requests per minute that serve.sh takes of one token; 0: any number.",
        group="Server",
    ),
    Setting(
        "TELEGRAM_BOT_TOKEN",
        "",
        str,
        "Token of your Telegram bot, from @BotFather.",
        group="Bots",
        secret=True,
    ),
    Setting(
        "TELEGRAM_ALLOWED",
        "",
        numbers,
        "Ids of Telegram users and chats that may talk to the bot, between commas. Owners always "
        "may.",
        group="Bots",
        personal=True,
    ),
    Setting(
        "TELEGRAM_API_URL",
        "https://api.telegram.org",
        str,
        "Address of the Bot API, for a server of your own.",
        group="Bots",
        personal=True,
    ),
    Setting(
        "TELEGRAM_WEBHOOK_SECRET",
        "",
        str,
        "What Telegram has to send with each update to a webhook; needed for one.",
        group="Bots",
        secret=True,
    ),
    Setting(
        "DISCORD_BOT_TOKEN",
        "",
        str,
        "Token of your Discord bot, from the developer portal.",
        group="Bots",
        secret=True,
    ),
    Setting(
        "DISCORD_ALLOWED",
        "",
        numbers,
        "Ids of Discord users, channels and servers that may talk to the bot, between commas. "
        "Owners always may.",
        group="Bots",
        personal=True,
    ),
    Setting(
        "DISCORD_PUBLIC_KEY",
        "",
        str,
        "Public key of your Discord application, by which interactions over HTTP are checked. "
        "Empty: Discord is asked for it.",
        group="Bots",
        personal=True,
    ),
    Setting(
        "BOT_REPOSITORIES",
        "",
        folders,
        "Repositories in which owners may plan, implement, review and verify from a chat: absolute "
        "paths between colons.",
        group="Bots",
        personal=True,
    ),
    Setting(
        "BOT_USER_BUDGET",
        "",
        amount,
        "Dollars that each user of a bot who is no owner may spend a day; empty: no limit.",
        group="Bots",
        personal=True,
    ),
    Setting(
        "BOT_RATE_LIMIT",
        "20",
        count,
        "Messages per minute that a bot takes of one user; 0: any number.",
        group="Bots",
        personal=True,
    ),
    Setting(
        "BOT_PER_USER",
        "false",
        boolean,
        "Whether each user of a group has a session of their own there.",
        group="Bots",
        personal=True,
    ),
    Setting(
        "DEBUG",
        "false",
        switch,
        "Show a traceback when something breaks; any other word than a yes is no.",
        group="Output",
    ),
)

#: Parsers that refuse nothing; asking one for a folder would cost an import.
TAKES_ANYTHING = (str, switch, directory, expanded)
BY_NAME = {setting.name: setting for setting in SETTINGS}
