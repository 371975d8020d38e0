import { createServer } from "node:http";
import { readFile, writeFile } from "node:fs/promises";
import { EventEmitter } from "node:events";

const DEFAULT_PORT = 8080;
const CURRENCIES = ["EUR", "USD", "PLN", "JPY"];

/** Keeps orders in memory and tells listeners what has happened to them. */
export class OrderBook extends EventEmitter {
  #orders = new Map();
  #nextId = 1;

  constructor({ clock = () => Date.now(), currency = "EUR" } = {}) {
    super();
    if (!CURRENCIES.includes(currency)) {
      throw new RangeError(`unknown currency: ${currency}`);
    }
    this.clock = clock;
    this.currency = currency;
  }

  add(customer, lines) {
    if (!Array.isArray(lines) || lines.length === 0) {
      throw new TypeError("an order has at least one line");
    }
    const id = `order-${this.#nextId++}`;
    const total = lines.reduce((sum, { price, count = 1 }) => sum + price * count, 0);
    const order = { id, customer, lines, total, status: "open", createdAt: this.clock() };
    this.#orders.set(id, order);
    this.emit("added", order);
    return order;
  }

  pay(id, amount) {
    const order = this.#orders.get(id);
    if (order === undefined) return null;
    if (order.status !== "open") throw new Error(`${id} is ${order.status}, not open`);
    if (amount < order.total) {
      this.emit("underpaid", { id, missing: order.total - amount });
      return order;
    }
    const paid = { ...order, status: "paid", paidAt: this.clock() };
    this.#orders.set(id, paid);
    this.emit("paid", paid);
    return paid;
  }

  *[Symbol.iterator]() {
    yield* this.#orders.values();
  }

  get size() {
    return this.#orders.size;
  }
}

export async function load(path) {
  try {
    const text = await readFile(path, "utf8");
    return JSON.parse(text);
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

export const save = (path, orders) => writeFile(path, JSON.stringify([...orders], null, 2));

function sendJson(response, status, body) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

async function bodyOf(request, limit = 64 * 1024) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limit) throw Object.assign(new Error("body too large"), { status: 413 });
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}");
}

export function serve(book, port = DEFAULT_PORT) {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    try {
      if (request.method === "POST" && pathname === "/orders") {
        const { customer, lines } = await bodyOf(request);
        sendJson(response, 201, book.add(customer, lines));
      } else if (request.method === "GET" && pathname === "/orders") {
        const wanted = searchParams.get("status");
        const found = [...book].filter((order) => !wanted || order.status === wanted);
        sendJson(response, 200, { count: found.length, orders: found });
      } else {
        sendJson(response, 404, { error: "not found", pathname });
      }
    } catch (error) {
      sendJson(response, error.status ?? 400, { error: error.message });
    }
  });
  server.listen(port, "127.0.0.1", () => console.log(`listening on :${port}`));
  return server;
}

export function debounce(work, waitMs = 250) {
  let timer = null;
  return function debounced(...args) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = null;
      work.apply(this, args);
    }, waitMs);
  };
}

export const groupBy = (rows, keyOf) =>
  rows.reduce((groups, row) => {
    const key = keyOf(row);
    (groups[key] ??= []).push(row);
    return groups;
  }, {});

export function OrderTable({ orders, onSelect, isLoading = false }) {
  const [sortKey, setSortKey] = useState("createdAt");
  const sorted = useMemo(
    () => [...orders].sort((a, b) => (a[sortKey] > b[sortKey] ? 1 : -1)),
    [orders, sortKey],
  );
  if (isLoading) return <Spinner label="Loading orders…" />;
  return (
    <table className="order-table">
      <thead>
        <tr>
          {["id", "customer", "total", "status"].map((key) => (
            <th key={key} onClick={() => setSortKey(key)}>{key}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {sorted.map((order) => (
          <tr key={order.id} onClick={() => onSelect?.(order.id)}>
            <td>{order.id}</td>
            <td>{order.customer?.name ?? "unknown"}</td>
            <td>{order.total.toFixed(2)}</td>
            <td>{order.status.toUpperCase()}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
