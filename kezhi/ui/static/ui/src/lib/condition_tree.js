// The condition tree as the editor holds it (groups with a mode, tests), from and to the JSON of the condition language.
let serial = 0;
const identify = () => `c${(serial += 1)}`;

export function fromJson(raw) {
  const node = read(raw && Object.keys(raw).length ? raw : { all: [] });
  return node.parts ? node : { id: identify(), mode: "all", parts: [node] };
}

function read(raw) {
  if (raw.all || raw.any) return { id: identify(), mode: raw.all ? "all" : "any", parts: (raw.all ?? raw.any).map(read) };
  if (raw.not) {
    const inner = raw.not;
    return { id: identify(), mode: "none", parts: inner.any ? inner.any.map(read) : [read(inner)] };
  }
  return { id: identify(), field: raw.field, op: raw.op, value: raw.value };
}

export function toJson(node) {
  if (!node.parts) {
    const test = { field: node.field, op: node.op };
    return node.value === undefined ? test : { ...test, value: node.value };
  }
  const parts = node.parts.filter(holdsTests).map(toJson);
  if (!parts.length) return { all: [] };
  return node.mode === "none" ? { not: { any: parts } } : { [node.mode]: parts };
}

// A group whose last test was taken away asks for nothing; "any of nothing" would let no record through.
function holdsTests(node) {
  return !node.parts || node.parts.some(holdsTests);
}

export function newTest(field) {
  return { id: identify(), field: field.key, op: field.operators[0]?.key, value: undefined };
}
