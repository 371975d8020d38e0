"""The style of what only pages of the server have; the rest is that of all pages."""

SITE = """
nav.top, main { max-width: 64rem; }
main td, main th [aria-current] { white-space: nowrap; }
main td, main tbody th { vertical-align: top; }
@media (min-width: 50rem) { main > dl { grid-template-columns: max-content 1fr max-content 1fr; } }
@media (max-width: 30rem) { main td.words { white-space: normal; } }
main dd time { font-size: inherit; color: inherit; }
::placeholder { color: var(--soft); opacity: 1; }
.charts { margin-bottom: 1rem; }
nav.top { margin: 0 auto; padding: .75rem 1rem; display: flex; flex-wrap: wrap;
  gap: .25rem 1.25rem; align-items: baseline; border-bottom: 1px solid var(--line); }
@media (max-width: 30rem) { nav.top { column-gap: .7rem; } }
nav.top a { text-decoration: none; padding: .35rem 0; }
nav.top a:hover { text-decoration: underline; }
nav.top a[aria-current] { font-weight: 600; box-shadow: inset 0 -2px var(--user); }
nav.top form { margin-left: auto; }
nav.top button { border-color: transparent; color: var(--soft); padding: .35rem 0;
  background: none; text-decoration: underline; }
main { padding-top: 1.25rem; padding-bottom: 3rem; }
main h2 { font-size: 1.1rem; margin: 1.75rem 0 .6rem; }
article h2 { font-size: 1rem; margin: 0; }
.narrow { max-width: 26rem; padding-top: 12vh; }
label { display: block; margin-bottom: .25rem; }
input, select, button { font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--soft); border-radius: 6px; padding: .4rem .7rem; min-height: 2.4rem; }
input { max-width: 100%; }
.narrow input:not(.away) { width: 100%; }
button { cursor: pointer; }
button:hover { border-color: var(--user); }
form.search { display: flex; gap: .5rem; margin: 0 0 1rem; }
form.search { flex-wrap: wrap; }
form.search input { flex: 1 1 14rem; min-width: 0; max-width: 30rem; }
form.search select { flex: 0 1 auto; padding: .4rem .3rem; }
.tags a { display: inline-block; font-size: .8rem; padding: 0 .45em; margin: .15rem .15rem 0 0;
  border: 1px solid var(--line); border-radius: 999px; background: var(--code);
  text-decoration: none; }
.hits { padding-left: 1.25rem; } .hits li { margin-bottom: .6rem; overflow-wrap: anywhere; }
.only { list-style: none; padding: 0; margin: 0 0 1rem; display: flex; flex-wrap: wrap;
  gap: .25rem 1.5rem; }
#found:target + article, #found:target + .mark + article { outline: 2px solid var(--user); }
.proof { background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: .25rem 1rem 1rem; margin: 1rem 0; }
.proof:target { outline: 2px solid var(--user); }
.proof h2 { margin-top: .75rem; } .proof h3 { font-size: .95rem; margin: 1rem 0 .25rem; }
.proof p { margin: .35rem 0; }
.proof details dl { display: grid; }
.tests { margin: 0; padding-left: 1.25rem; font-size: .875rem; overflow-wrap: anywhere; }
.pages { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0 0 1rem; }
nav.pages a { padding: .35rem 0; }
"""
