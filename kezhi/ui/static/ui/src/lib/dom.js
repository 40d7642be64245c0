// Making elements without innerHTML.
export function el(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  if (properties.role) element.setAttribute("role", properties.role);
  element.append(...children.filter((child) => child !== ""));
  return element;
}

// A select of [value, label, group?]; `change` gets the chosen value.
export function choose(options, value, label, change) {
  const select = el("select", { className: "input", ariaLabel: label, onchange: () => change(select.value) });
  const groups = new Map();
  for (const [key, text, group] of options) {
    const option = el("option", { value: key, selected: String(key) === String(value) }, text);
    if (!group) { select.append(option); continue; }
    if (!groups.has(group)) {
      groups.set(group, el("optgroup", { label: group }));
      select.append(groups.get(group));
    }
    groups.get(group).append(option);
  }
  return select;
}

// An icon button; the drawing is taken from the page's own sprite.
export function button(icon, label, click) {
  const made = el("button", { type: "button", className: "btn btn--plain btn--icon btn--s", ariaLabel: label, title: label, onclick: click });
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", document.querySelector("svg.icon use, svg.logo use").getAttribute("href").replace(/#.*/, `#i-${icon}`));
  drawing.append(use);
  made.append(drawing);
  return made;
}
