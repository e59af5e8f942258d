/**
 * Shows the name and the values of the point of a curve that is nearest to the pointer, or that the arrow keys have reached. The
 * values are computed from the positions in the drawing and its axes (`data-axes`), with the precision of a thousandth of a pixel.
 */
export const hoverScript = String.raw`
  const valueAt = ({ log, domain: [from, to], range: [start, end] }, pixel) => {
    const share = (pixel - start) / (end - start);
    return log ? from * (to / from) ** share : from + share * (to - from);
  };
  /* Steps and iterations are whole numbers. */
  const countText = (axis, pixel) => Math.round(valueAt(axis, pixel)).toLocaleString("en-US");
  const amountText = (axis, pixel) => {
    const value = valueAt(axis, pixel);
    const atMost = axis.least !== null && value <= 1.001 * axis.least ? "at most " : "";
    return atMost + (axis.log ? value.toExponential(1) : value.toPrecision(4));
  };

  /* A horizontal line has no points of its own: it is met at every x. */
  const curveOf = (title) => {
    const shape = title.parentNode;
    const points = [...(shape.getAttribute("d") ?? "").matchAll(/([-+.\de]+),([-+.\de]+)/g)];
    return {
      name: title.textContent,
      color: shape.getAttribute("stroke") ?? "currentColor",
      level: shape.hasAttribute("y1") ? Number(shape.getAttribute("y1")) : null,
      points: points.map(([, x, y]) => ({ x: Number(x), y: Number(y) })),
    };
  };

  for (const svg of document.querySelectorAll("svg[data-axes]")) {
    const axes = JSON.parse(svg.getAttribute("data-axes"));
    const [, , width] = svg.getAttribute("viewBox").split(/[\s,]+/).map(Number);
    const [left, right] = axes.x.range;
    const [bottom, top] = axes.y.range;
    const titles = [...svg.querySelectorAll("title")];
    const curves = titles.map(curveOf).map((curve) => ({
      ...curve,
      points: curve.points.filter(({ y }) => y >= top - 1 && y <= bottom + 1),
    })).filter(({ level, points }) => level !== null || points.length > 0);
    /* The browser's own tooltips would lie above ours. */
    for (const title of titles) title.remove();
    if (curves.length === 0) continue;

    const tip = document.createElement("div");
    tip.setAttribute("class", "tip");
    tip.setAttribute("role", "status");
    tip.hidden = true;
    svg.closest("figure").append(tip);
    const dot = document.createElementNS(svg.namespaceURI, "circle");
    dot.setAttribute("r", "4");
    dot.setAttribute("visibility", "hidden");
    svg.append(dot);
    svg.setAttribute("tabindex", "0");
    svg.setAttribute("aria-description", "The arrow keys read the values of its curves.");

    const show = ({ name, color, level }, { x, y }) => {
      const box = svg.getBoundingClientRect();
      const frame = svg.closest("figure").getBoundingClientRect();
      const scale = box.width / width;
      dot.setAttribute("cx", x);
      dot.setAttribute("cy", y);
      dot.setAttribute("fill", color);
      dot.setAttribute("visibility", "visible");
      const at = level === null ? axes.x.label + " " + countText(axes.x, x) + ": " : "";
      const strong = document.createElement("strong");
      strong.textContent = name;
      tip.replaceChildren(strong, document.createElement("br"), at + amountText(axes.y, y) + " " + axes.y.unit);
      tip.style.left = box.left - frame.left + scale * x + "px";
      tip.style.top = box.top - frame.top + scale * y + "px";
      tip.classList.toggle("leftwards", x > (left + right) / 2);
      tip.hidden = false;
    };
    const hide = () => {
      tip.hidden = true;
      dot.setAttribute("visibility", "hidden");
    };

    const nearest = (x, y) => {
      let best = { distance: Infinity };
      for (const curve of curves) {
        const level = { x: Math.min(right, Math.max(left, x)), y: curve.level };
        for (const point of curve.level === null ? curve.points : [level]) {
          const distance = Math.hypot(point.x - x, point.y - y);
          if (distance < best.distance) best = { distance, curve, point };
        }
      }
      return best;
    };
    const follow = (event) => {
      const box = svg.getBoundingClientRect();
      const scale = width / box.width;
      const { curve, point } = nearest(scale * (event.clientX - box.left), scale * (event.clientY - box.top));
      show(curve, point);
    };
    svg.addEventListener("pointermove", follow);
    svg.addEventListener("pointerdown", follow);
    /* A finger leaves at the end of every tap. What it found stays until something else is tapped. */
    svg.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") hide();
    });
    svg.addEventListener("blur", hide);

    let chosen = 0;
    let index = -1;
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    svg.addEventListener("keydown", (event) => {
      if (event.key === "Escape") hide();
      const step = steps[event.key];
      if (!step) return;
      event.preventDefault();
      chosen = (chosen + step[0] + curves.length) % curves.length;
      const curve = curves[chosen];
      index = Math.min(Math.max(index + step[1], 0), Math.max(0, curve.points.length - 1));
      show(curve, curve.level === null ? curve.points[index] : { x: (left + right) / 2, y: curve.level });
    });
  }
`;
