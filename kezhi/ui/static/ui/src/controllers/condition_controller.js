// Edits a condition: nested groups (all, any, none) of tests (field, operator, operand), written as JSON into the `value` textarea.
// Targets: schema (a JSON script element: fields, periods, labels), editor, value, plain (hidden with scripts), count.
// data-condition-count-url-value takes POST condition and answers with a sentence such as "126 customers match".
import { Controller } from "@hotwired/stimulus";
import { fromJson, newTest, toJson } from "../lib/condition_tree.js";
import { operandControl } from "../lib/condition_operand.js";
import { button, choose, el } from "../lib/dom.js";
import { post } from "../lib/post.js";

export default class extends Controller {
  static targets = ["schema", "editor", "value", "plain", "count"];
  static values = { countUrl: String };

  connect() {
    this.schema = JSON.parse(this.schemaTarget.textContent);
    this.say = this.schema.labels;
    this.fields = new Map(this.schema.fields.map((field) => [field.key, field]));
    try {
      this.tree = fromJson(JSON.parse(this.valueTarget.value || "{}"));
    } catch {
      return; // what stands there is edited as text
    }
    this.valueTarget.hidden = true;
    this.plainTargets.forEach((label) => { label.hidden = true; });
    this.draw();
  }

  draw(focus) {
    this.editorTarget.replaceChildren(this.group(this.tree, null));
    this.editorTarget.querySelector(`[data-focus="${focus}"]`)?.focus();
    this.write();
  }

  group(node, parent) {
    const say = this.say;
    const mode = choose([["all", say.all], ["any", say.any], ["none", say.none]], node.mode, say.mode, (value) => { node.mode = value; this.draw(node.id); });
    mode.dataset.focus = node.id;
    const head = el("div", { className: "condition__head" }, mode);
    if (parent) head.append(button("x", say.remove_group, () => this.drop(parent, node)));
    const list = el("ul", { className: "condition__list" });
    node.parts.forEach((part, place) => {
      const join = place ? el("span", { className: "filters__join" }, node.mode === "all" ? say.and : say.or) : "";
      list.append(el("li", { className: part.parts ? "condition__nested" : "condition__test" }, join, part.parts ? this.group(part, node) : this.test(part, node)));
    });
    if (!node.parts.length && !parent) list.append(el("li", { className: "soft small" }, say.empty));
    const add = el("div", { className: "condition__add" },
      el("button", { type: "button", className: "btn btn--link btn--s", onclick: () => this.add(node, newTest(this.schema.fields[0])) }, say.add),
      el("button", { type: "button", className: "btn btn--link btn--s", onclick: () => this.add(node, { ...fromJson({ any: [] }), parts: [newTest(this.schema.fields[0])] }) }, say.add_group));
    return el("div", { className: "condition__group", role: "group", ariaLabel: mode.selectedOptions[0]?.textContent }, head, list, add);
  }

  test(node, parent) {
    const field = this.fields.get(node.field);
    const row = el("div", { className: "condition__row" });
    const names = this.schema.fields.map(({ key, label, group }) => [key, label, group]);
    if (!field) names.unshift([node.field, node.field]);
    const which = choose(names, node.field, this.say.field, (key) => { Object.assign(node, newTest(this.fields.get(key)), { id: node.id }); this.draw(node.id); });
    which.dataset.focus = node.id;
    row.append(which);
    const operator = field?.operators.find(({ key }) => key === node.op);
    if (field) {
      const how = choose(field.operators.map(({ key, label }) => [key, label.replace("%s", "…")]), node.op, this.say.operator, (key) => this.change(node, field, key));
      how.dataset.focus = `${node.id}-op`;
      row.append(how);
    }
    if (operator) row.append(operandControl({ node, field, operator, schema: this.schema, changed: () => this.write(), redraw: () => this.draw(`${node.id}-op`) }));
    row.append(button("x", this.say.remove, () => this.drop(parent, node)));
    return row;
  }

  change(node, field, key) {
    const [before, after] = [node.op, key].map((op) => field.operators.find((operator) => operator.key === op));
    node.op = key;
    if (before?.operand !== after.operand || before?.choices !== after.choices) node.value = undefined;
    this.draw(`${node.id}-op`);
  }

  add(node, part) {
    node.parts.push(part);
    this.draw((part.parts?.[0] ?? part).id);
  }

  drop(parent, node) {
    const place = parent.parts.indexOf(node);
    parent.parts.splice(place, 1);
    this.draw((parent.parts[Math.max(0, place - 1)] ?? parent).id);
  }

  write() {
    const text = JSON.stringify(toJson(this.tree));
    if (text === this.valueTarget.value) return;
    this.valueTarget.value = text;
    this.valueTarget.dispatchEvent(new Event("change", { bubbles: true }));
    if (this.countUrlValue) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.count(text), 400);
    }
  }

  async count(condition) {
    try {
      const answer = await post(this.countUrlValue, { condition }, { "HX-Request": "true" });
      if (answer.ok) this.countTarget.textContent = await answer.text();
    } catch { /* the count is a courtesy */ }
  }
}
