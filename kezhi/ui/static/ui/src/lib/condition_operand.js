// The control for what a test compares with: nothing, one value, many, a range, days, a named period, or another field.
import { choose, el } from "./dom.js";

// A number may be written as people write amounts (50万); the server reads it.
const INPUTS = { number: "text", date: "date", datetime: "date", text: "text", secret: "text" };

export function operandControl(context) {
  const { node, field, operator, schema } = context;
  const others = operator.fields ? schema.fields.filter((one) => one.type === field.type && one.key !== field.key) : [];
  const box = el("span", { className: "condition__operand" });
  if (others.length) {
    const compares = typeof node.value === "object" && node.value !== null && "field" in node.value;
    box.append(choose([["", schema.labels.fixed], ["field", schema.labels.other_field]], compares ? "field" : "", schema.labels.value, (kind) => {
      node.value = kind ? { field: others[0].key } : undefined;
      context.redraw();
    }));
    if (compares) {
      box.append(choose(others.map(({ key, label }) => [key, label]), node.value.field, schema.labels.other_field, (key) => { node.value = { field: key }; context.changed(); }));
      return box;
    }
  }
  box.append(...controls(context));
  return box;
}

function controls(context) {
  const { node, field, operator, schema, changed } = context;
  const say = schema.labels;
  const set = (value) => { node.value = value; changed(); };
  switch (operator.operand) {
    case "none": return [];
    case "days": return [input("number", node.value, operator.label.replace("%s", "…"), (value) => set(value === "" ? undefined : Number(value)), { min: 0, step: 1, className: "input condition__days" })];
    case "period": return [choose([["", say.choose], ...schema.periods], node.value ?? "", say.value, set)];
    case "range": {
      const ends = Array.isArray(node.value) ? [...node.value] : ["", ""];
      const end = (place, label) => input(INPUTS[field.type] ?? "text", ends[place], label, (value) => { ends[place] = value; set([...ends]); }, keyboard(field));
      return [end(0, say.from), el("span", { className: "soft", ariaHidden: "true" }, "–"), end(1, say.to), unit(field)];
    }
    case "many": return [many(context, operator.choices ?? field.choices ?? [], set)];
    default: {
      const choices = operator.choices ?? field.choices ?? [];
      if (choices.length) return [choose([["", say.choose], ...choices], node.value ?? "", say.value, set)];
      return [input(INPUTS[field.type] ?? "text", node.value, say.value, set, keyboard(field)), unit(field)];
    }
  }
}

function keyboard(field) {
  return field.type === "number" ? { inputMode: "decimal" } : {};
}

function unit(field) {
  return field.unit ? el("span", { className: "soft small" }, field.unit) : "";
}

function input(type, value, label, set, extra = {}) {
  return el("input", { className: "input", type, value: value ?? "", ariaLabel: label, ...extra, oninput: (event) => set(event.target.value) });
}

function many({ node, field, schema }, choices, set) {
  const chosen = (Array.isArray(node.value) ? node.value : node.value === undefined ? [] : [node.value]).map(String);
  const known = new Map(choices.map(([value, label]) => [String(value), { value, label }]));
  for (const value of chosen) if (!known.has(value)) known.set(value, { value, label: value });
  const select = el("select", { className: "input", multiple: true, ariaLabel: schema.labels.value });
  for (const [key, { label }] of known) select.append(el("option", { value: key, selected: chosen.includes(key) }, label));
  select.dataset.controller = "combobox";
  if (field.options_url) select.dataset.comboboxUrlValue = field.options_url;
  select.setAttribute("placeholder", schema.labels.choose);
  const whole = field.type === "user" || field.type === "record";
  select.addEventListener("change", () => set([...select.selectedOptions].map(({ value }) => {
    const raw = known.get(value)?.value ?? value;
    return whole && /^\d+$/.test(raw) ? Number(raw) : raw;
  })));
  return el("span", { className: "condition__many" }, select);
}
