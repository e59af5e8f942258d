/** Makes every picture of a `data-zoomable` part a button that opens it large in a dialog, which Escape or a click closes. */
export const zoomScript = String.raw`
  const dialog = document.createElement("dialog");
  dialog.setAttribute("class", "zoom");
  const large = document.createElement("div");
  const bar = document.createElement("form");
  bar.setAttribute("method", "dialog");
  const name = document.createElement("strong");
  const close = document.createElement("button");
  close.textContent = "Close";
  bar.append(name, close);
  dialog.append(bar, large);
  document.body.append(dialog);
  dialog.addEventListener("close", () => large.replaceChildren());
  /* All that is not the picture or the button is the dialog itself, with the dimmed page behind it. */
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });

  for (const picture of document.querySelectorAll("[data-zoomable] :is(img, svg)")) {
    const text = picture.getAttribute("alt") ?? picture.getAttribute("aria-label");
    const button = document.createElement("button");
    button.setAttribute("type", "button");
    button.setAttribute("class", "enlarge");
    button.setAttribute("aria-label", "Enlarge " + text);
    button.setAttribute("aria-haspopup", "dialog");
    picture.replaceWith(button);
    button.append(picture);
    button.addEventListener("click", () => {
      name.textContent = text;
      large.replaceChildren(picture.cloneNode(true));
      dialog.showModal();
    });
  }
`;
