"""Other words for what a question asks: general English of people who write programs.

Hand-made. A line of `FORMS` has forms of one word that have no stem in common, a line of `ALIKE`
words that stand for each other. A line of `SAID_AS` has words of a
question, and behind the arrow how answers say it. A line of `KINDS` has the names of a kind of
thing, and behind the arrow things of that kind. Several words in a row have `-` between them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

from ai_sessions.memory import terms

#: How well a form or a word of the same meaning stands for the one that was asked, a way to say it,
#: and a member for its kind.
_FORM, _ALIKE, _SAID_AS, _MEMBER = 0.95, 0.7, 0.6, 0.5

FORMS = """
be was were been
become became
begin began begun
break broke broken
bring brought
build built
buy bought
catch caught
choose chose chosen
come came
cut cuts
do did done
draw drew drawn
drive drove driven
fall fell fallen
feel felt
fight fought
find found
fly flew flown
forbid forbade forbidden
forget forgot forgotten
freeze froze frozen
get got gotten
give gave given
go went gone
grow grew grown
hang hung
have has had
hear heard
hide hid hidden
hold held
keep kept
know knew known
lead led
leave left
lose lost
make made
mean meant
meet met
pay paid
rise rose risen
run ran
say said
see saw seen
sell sold
send sent
show shown
shrink shrank shrunk
sit sat
speak spoke spoken
spend spent
stand stood
steal stole stolen
stick stuck
swear swore sworn
take took taken
teach taught
tell told
think thought
throw threw thrown
understand understood
wake woke woken
wear wore worn
win won
write wrote written
"""

ALIKE = """
database db datastore
deploy deployment ship release rollout roll-out publish go-live
repository repo
directory folder
config configuration settings setting
environment env
variable var
function method routine
argument parameter option flag
delete remove drop erase purge
error failure exception crash bug fault
fix repair resolve solve patch
test spec check
begin start launch boot
stop halt quit terminate shutdown shut-down
fast quick speed performance
slow latency sluggish
big large huge
small tiny little
customer client
user account
password passphrase credential secret
token key
login log-in sign-in signin authentication auth authenticate
permission access right authorization
address url link endpoint uri
host hostname server machine box
port socket
website site webpage web-page
message notification alert
mail email e-mail
telephone phone mobile
money price cost fee charge
bill invoice
buy purchase order
meeting call appointment sync standup
boss manager lead supervisor
colleague teammate coworker co-worker
company organization organisation firm business employer
developer engineer programmer coder
designer ux
documentation docs manual readme guide
library package dependency module
framework toolkit
queue broker message-broker message-queue bus
cache caching
storage disk bucket
backup snapshot dump
migration migrate
schema table model
query select
column field attribute
request call
response reply answer
timeout time-out deadline time-limit
limit maximum max cap ceiling at-most upper-bound
minimum min at-least floor lower-bound
retry retries attempt again
interval frequency every period
version release tag
branch fork
commit revision changeset
merge pull-request pr
ticket issue task story jira
feature functionality capability
requirement constraint must
goal aim objective purpose target
plan roadmap schedule
reason because why rationale since
choose chose chosen pick picked select selected settle settled decide decided decision go-with \
went-with opt
reject rejected rule-out ruled-out discard dismissed decline
allow allowed permit permitted
forbid forbidden prohibit banned ban disallow never
avoid shun steer-clear
prefer preference favour favor favourite favorite like likes
hate dislike
change changed modify alter edit update
replace swap substitute switch
rename renamed
move moved relocate
add added include introduce
log logs logging
monitor monitoring observability metrics
encrypt encryption cipher
certificate cert tls ssl
memory ram heap
processor cpu core
thread worker
format formatting style
indent indentation spaces tabs
colour color theme
language locale
country region location
city town
time clock hour
timezone time-zone
birthday born
holiday vacation leave
customer-id client-id
frontend front-end ui interface
backend back-end
production prod live
staging stage preprod
development dev local
continuous-integration ci pipeline build
compile build
virtual-machine vm
operating-system os platform
license licence
image picture photo
video clip
entry record row
count number amount how-many
rate ratio percentage percent
threshold limit
duplicate copy
random seed
rollback roll-back revert undo
root-cause cause culprit reason
flaky unstable intermittent
responsible owner owns in-charge maintainer accountable
primary main principal
secondary replica standby
answer reply respond response
ask question query inquire
employ apply utilize
retain retention hold preserve keep
wipe delete purge clear
store save persist
load fetch
send deliver dispatch emit
create generate produce make
show display render print
hide conceal mask redact
search look-up
verify validate confirm check
approve approval sign-off signs-off green-light permission
review audit inspect
promise guarantee commit sla
uptime availability sla
outage downtime incident down
fail failing broken faulty
wait delay pause
expire expiry expiration valid validity ttl
rotate rotation renew
block prevent deny
enable activate turn-on turns-on switch-on
disable deactivate turn-off turns-off switch-off
increase raise grow
decrease reduce lower shrink
split divide separate
merge combine unify join
import ingest
export dump
source sources code codebase repository repo
host hosted hosting runs lives
region zone datacenter data-centre
latency p99 p95 response-time
throughput rps qps
quota limit allowance
trace tracing spans
metric metrics dashboard grafana
dashboard panel board
test testing qa quality
flaky unstable intermittent unreliable
style convention guideline
naming named names
short brief concise terse
long verbose detailed
simple plain easy
old legacy outdated deprecated obsolete
new recent latest
current present now
next upcoming following
first initial
final last
mandatory obligatory required must
personal private sensitive pii
privacy gdpr compliance legal
lawyer legal
team squad crew department
boss chief head
contact reach ping
call named called name
codename nickname alias
child daughter son kid
vacation holiday leave away off absent
sick ill
remote home-office
weekly every-week
monthly a-month per-month
yearly annual
daily nightly every-day every-night
start kick-off kicks-off
finish complete done
freeze cutoff
milestone target goal
demo presentation present
client customer buyer
store shop
cart basket
checkout payment pay
refund money-back reimburse reimbursement
price cost amount
coupon voucher discount
tax vat
currency cents dollars euros
identifier id key number
encode represent represented stored
page screen view
size big large megabytes kilobytes
image picture icon
job task cron
cron schedule nightly timer
replica follower
leader primary
callback hook webhook
topic channel subject
subscribe consume
publish emit
flag toggle switch
revert undo rollback
pin pinned
oldest lowest minimum least
newest latest
compatible works-with supported support
frequently often regularly
absent away out off
outstanding missing remaining
wiki confluence notion
idea proposal suggestion
problem issue trouble
reason cause
example sample
"""

SAID_AS = """
name called -> my-name-is i-am i-m call-me this-is name-is named goes-by
who whom -> owner owns lead maintainer responsible in-charge my-name-is i-m is-on assigned handles
user -> i-m i-am my-name-is i-prefer i-like i-want
reject rejected discard refuse decline exclude against -> off-the-table ruled-out rule-out \
decided-against not-using won-t-use not-going-to-use no-longer dropped drop instead-of \
rather-than voted-down is-out turned-down we-don-t-want do-not-use don-t-use gave-up-on \
abandoned scrapped vetoed not-an-option no-go
choose chose decide pick select use adopt settle choice decision -> going-with go-with went-with \
we-ll-use let-s-use we-use will-use using settled-on agreed-on opted-for stick-with \
sticking-with let-s-go decided standardise standardize instead-of
deadline due finish ship release deliver launch -> by until due no-later-than before \
at-the-latest end-of must-be-done cutoff cut-off freeze goes-live go-live goes-out
when date day -> by until due on-monday on-tuesday on-wednesday on-thursday on-friday at \
scheduled planned january february march april june july august september october november \
december
where located location -> lives-in live-in is-in are-in kept-in stored-in under sits-in found-in \
resides based-in lives-at runs-on hosted path
live based reside -> live-in based-in moved-to from
why reason -> because since due-to so-that caused-by the-reason turned-out root-cause
cause broke break fail failed -> because caused-by due-to root-cause turned-out was-missing \
culprit race
fix fixed solve solved solution -> fixed-by solved-by by-adding by-setting the-fix turned-out \
worked resolved
prefer preference like favourite -> i-prefer i-like please-use always-use i-d-rather rather-than \
i-love i-hate keep-it i-want fan-of
must constraint requirement rule allowed forbidden -> must must-not never always only \
no-more-than at-most at-least required have-to has-to may-not cannot do-not don-t not-allowed \
under-no-circumstances off-limits
forbid forbidden avoid -> never must-not do-not don-t may-not off-limits not-allowed no-external \
without
budget cost price spend -> dollar dollars usd eur euro euros per-month a-month cap costs at-most
limit maximum max cap -> at-most no-more-than up-to capped not-exceed below under max-of
minimum least -> at-least no-less-than or-more or-newer or-later
port -> listens-on listening-on listen-on bound-to binds-to
url link address endpoint -> http https reachable-at available-at lives-at at
version -> v upgrade upgraded pinned pin-to requires or-newer or-later bumped
allergic allergy diet food -> can-t-eat cannot-eat vegan vegetarian gluten
next todo remaining left -> todo next still-have-to still-need-to remains follow-up later open
owner responsible maintain -> owns owned-by in-charge takes-care-of maintained-by looks-after
contact reach ask -> ask talk-to ping reach-out mail call
command run start build test -> run with make npm npx cargo pytest python go-test
time-zone timezone -> utc gmt cet cest est pst ist i-m-in based-in
work job role -> i-m-a i-work i-am-a my-job my-role work-at works-at
old -> years-old born
who whom -> runs handles leads owns done-by signs-off looks-after takes-care go-to
based live work -> sit-in based-in live-in work-from
discard discarded drop dropped rejected -> forget no-more never-again history
use will chosen chose winner -> going-with sticking-with settled-on winner
become became renamed -> renamed merged is-now replaced-by became
remain remains left outstanding open -> next-up still-have-to still-need-to todo missing
start starts begin -> kicks-off fires runs-at starts-at
often frequency frequently -> every each daily weekly monthly twice
long valid last expire kept -> minutes hours days weeks months good-for
many much -> at-most up-to no-more-than more-than around
big large size -> kb mb gb kilobytes megabytes
minimum lowest oldest -> and-up or-newer or-later nothing-below
limit rate -> per-minute a-minute per-second per-hour per-day
forbidden prohibited banned -> never don-t not-even no-go hands-off
avoid -> stay-off don-t hands-off
variable -> set export env
code style format -> tabs spaces quotes snake-case camelcase pascalcase
naming convention -> snake-case camelcase pascalcase kebab-case start-with
uptime availability -> percent nines
budget spend pay -> a-month per-month quarter ceiling
language spelling -> answer-in reply-in british american
published hosted repository code -> github gitlab codeberg bitbucket sourcehut gitea
contact reach whom -> talk-to ask go-to
caused led cause reason how-come -> came-from caused-by was-missing root-cause
unit measured -> grams kilograms meters metres seconds milliseconds bytes cents inches
"""

KINDS = """
database datastore db storage -> postgres postgresql mysql mariadb sqlite mongodb mongo \
cassandra dynamodb oracle cockroachdb clickhouse elasticsearch firestore couchdb redis neo4j \
duckdb snowflake bigquery
broker queue bus messaging -> kafka rabbitmq nats sqs pulsar activemq zeromq mqtt mosquitto \
kinesis celery sidekiq
cache -> redis memcached valkey varnish
cloud provider hosting -> aws azure gcp heroku netlify vercel cloudflare digitalocean hetzner fly
container orchestration orchestrator -> docker podman kubernetes k8s helm nomad compose
pipeline ci -> jenkins github-actions gitlab circleci travis buildkite drone teamcity
language -> python rust go golang java kotlin typescript javascript ruby php scala swift haskell \
elixir perl c
framework -> django flask fastapi rails spring express react vue angular svelte laravel nextjs \
phoenix
runner testing -> pytest jest vitest unittest mocha junit rspec playwright cypress selenium
linter formatter -> ruff black flake8 pylint eslint prettier gofmt rubocop shellcheck mypy
package-manager installer -> npm pnpm yarn pip poetry uv cargo brew apt conda bundler maven gradle
editor ide -> vim neovim emacs vscode vs-code intellij pycharm sublime zed helix
shell -> bash zsh fish powershell
os platform operating-system -> linux macos windows ubuntu debian fedora alpine arch
browser -> firefox chrome chromium safari edge
auth login authentication -> oauth jwt saml sso oidc ldap cookie session passkey
payment checkout -> stripe paypal adyen braintree klarna mollie
monitoring observability metrics -> grafana prometheus datadog sentry newrelic opentelemetry \
loki kibana
license licence -> mit apache gpl agpl bsd mpl lgpl
format serialization -> json yaml toml xml csv protobuf avro parquet markdown msgpack
protocol transport api -> rest grpc graphql http websocket soap mqtt tcp udp
encoding charset -> utf-8 utf8 latin-1 ascii unicode
hash algorithm cipher -> sha256 sha-256 sha1 md5 bcrypt argon2 scrypt aes rsa ed25519
color colour theme -> dark light red green blue yellow orange purple black white grey gray
currency -> euro eur dollar usd pound gbp yen jpy franc chf
locale spoken language -> english german french spanish italian polish russian chinese japanese \
portuguese
vcs -> git mercurial svn perforce
tracker issue ticket -> jira linear github trello asana bugzilla
chat messenger -> slack telegram discord teams whatsapp signal
model llm -> claude gpt gemini llama mistral opus sonnet haiku qwen deepseek
weekday day -> monday tuesday wednesday thursday friday saturday sunday
month -> january february march april may june july august september october november december
proxy gateway balancer -> nginx haproxy traefik envoy caddy apache
terraform infrastructure -> terraform pulumi ansible puppet chef cloudformation
pet animal -> dog cat
food meal -> pizza sushi vegan vegetarian
"""


def others(word: str) -> Mapping[str, float]:
    """What may be said in place of a word of a question, and how well each stands for it (0-1)."""
    return _table().get(terms.joined(word), {})


def is_member(word: str) -> bool:
    """Whether it is the name of a thing of some kind, such as `Postgres`."""
    return terms.joined(word) in _members()


@functools.cache
def _members() -> frozenset[str]:
    found = (word for line in _lines(KINDS) for word in line[line.index("->") + 1 :])
    return frozenset(map(terms.joined, found))


@functools.cache
def _table() -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = {}
    stems = functools.cache(terms.joined)
    for word, other, weight in _pairs():
        if stems(word) != stems(other):
            known = table.setdefault(stems(word), {})
            known[other] = max(weight, known.get(other, 0.0))
    return table


def _pairs() -> Iterator[tuple[str, str, float]]:
    for told, weight in ((FORMS, _FORM), (ALIKE, _ALIKE)):
        for line in _lines(told):
            yield from ((one, two, weight) for one in line for two in line)
    for told, weight in ((SAID_AS, _SAID_AS), (KINDS, _MEMBER)):
        for line in _lines(told):
            arrow = line.index("->")
            for word in line[:arrow]:
                yield from ((word, other, weight) for other in line[arrow + 1 :])


def _lines(told: str) -> Iterator[list[str]]:
    for line in told.strip().splitlines():
        yield [word if word == "->" else word.replace("-", " ") for word in line.split()]
