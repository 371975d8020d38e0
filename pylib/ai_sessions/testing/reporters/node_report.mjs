// Writes the events of node:test that say what became of each test, one JSON object a line.
// TAP would do, but it does not say which file a test is in.

const told = new Set(["test:start", "test:pass", "test:fail", "test:stderr", "test:plan"]);
const most = 4000;

function cause(error) {
  const raised = error?.cause ?? error;
  return String(raised?.stack ?? raised ?? "").slice(0, most);
}

export default async function* report(events) {
  for await (const { type, data } of events) {
    if (!told.has(type)) continue;
    const { name, nesting, file, skip, todo, message, details } = data;
    const kind = details?.type ?? "test";
    const error = type === "test:fail" ? cause(details?.error) : undefined;
    const fact = { type, name, nesting, file, kind, skip, todo, message, error };
    yield `${JSON.stringify(fact)}\n`;
  }
}
