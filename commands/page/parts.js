// The parts that the page is made of. Text enters as text, never as HTML.

/** Return the element with an id. */
export function find(id) {
  return document.getElementById(id);
}

/** Return a new element with a class and children; texts are children, never HTML. */
export function element(tag, kind, ...children) {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  for (const child of children) made.append(child);
  return made;
}

export function section(title, ...children) {
  return element("section", "", element("h3", "", title), ...children);
}

/** Return a table whose cells are texts or elements. A narrow screen shows its rows as blocks, so
 *  roles say that it is a table all the same. */
export function table(names, rows, kind) {
  const head = element("tr", "");
  for (const name of names) {
    const cell = element("th", "", name);
    cell.scope = "col";
    cell.setAttribute("role", "columnheader");
    head.append(cell);
  }
  const body = element("tbody", "");
  for (const row of rows) {
    const line = element("tr", "");
    row.forEach((cell, at) => {
      const made = element("td", "", cell);
      made.dataset.name = names[at];
      made.setAttribute("role", "cell");
      line.append(made);
    });
    body.append(line);
  }
  const made = element("table", kind, element("thead", "", head), body);
  made.setAttribute("role", "table");
  for (const part of made.children) part.setAttribute("role", "rowgroup");
  for (const row of made.rows) row.setAttribute("role", "row");
  return element("div", "wide", made);
}
