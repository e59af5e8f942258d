/**
 * A click on a heading sorts the rows by its column: upwards, downwards, and back. Rows stay within their table body, which in a
 * comparison is one metric. Cells that begin with numbers are compared as numbers, and empty cells come last.
 */
export const sortScript = String.raw`
  const numberAtStart = (text) => {
    const found = /^[-+]?[\d,]*\.?\d+(?:e[-+]?\d+)?/i.exec(text);
    return found ? Number(found[0].replaceAll(",", "")) : NaN;
  };
  const next = { none: "ascending", ascending: "descending", descending: "none" };

  const inOrder = (rows, textOf, sign) => {
    const keyed = rows.map((row) => ({ row, text: textOf(row) }));
    const empty = keyed.filter(({ text }) => text === "");
    const filled = keyed.filter(({ text }) => text !== "");
    const numeric = filled.every(({ text }) => !Number.isNaN(numberAtStart(text)));
    filled.sort((a, b) =>
      sign * (numeric ? numberAtStart(a.text) - numberAtStart(b.text) : a.text.localeCompare(b.text)));
    return [...filled, ...empty].map(({ row }) => row);
  };

  for (const table of document.querySelectorAll("table")) {
    const headings = [...table.querySelector("thead tr").children];
    const bodies = [...table.querySelectorAll("tbody")].map((body) => ({
      body,
      rows: [...body.children],
      group: body.querySelector("th[scope=rowgroup]"),
    }));
    headings.forEach((heading, column) => {
      if (!heading.hasAttribute("data-sortable")) return;
      /* Counted from the end, because only the first row of a group begins with the group's name. */
      const fromEnd = headings.length - column;
      const textOf = (row) => row.children[row.children.length - fromEnd].textContent.trim();
      const button = document.createElement("button");
      button.setAttribute("type", "button");
      button.setAttribute("class", "sort");
      if (heading.querySelector("a")) button.setAttribute("aria-label", "sort by " + heading.textContent.trim());
      else button.append(...heading.childNodes);
      heading.append(button);
      heading.addEventListener("click", (event) => {
        if (event.target.closest("a")) return;
        const order = next[heading.getAttribute("aria-sort") ?? "none"];
        for (const each of headings) each.removeAttribute("aria-sort");
        if (order !== "none") heading.setAttribute("aria-sort", order);
        table.classList.toggle("sorted", order !== "none");
        for (const { body, rows, group } of bodies) {
          const sorted = order === "none" ? rows : inOrder(rows, textOf, order === "ascending" ? 1 : -1);
          body.append(...sorted);
          if (group) sorted[0].prepend(group);
        }
      });
    });
  }
`;
