// A pad to draw on: pointers and keys make strokes, the last ones can be undone.

const SIDE = 560; // of the canvas, in its own pixels
const PEN = 42; // width of a stroke
const SENT = 140; // side of the picture that is sent
const STEP = 10;
const LARGE_STEP = 40;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Pad {
  // `changed(whole)` is called when the drawing has changed; `whole` tells that a stroke has ended.
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed;
    this.strokes = [];
    this.pointer = null;
    this.frame = null;
    this.pen = { x: SIDE / 2, y: SIDE / 2, down: false, shown: false };
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.go(event));
    for (const name of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(name, (event) => this.end(event));
    }
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => this.hidePen());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
  }

  get empty() {
    return this.strokes.length === 0;
  }

  undo() {
    this.strokes.pop();
    this.update(true);
  }

  clear() {
    this.strokes = [];
    this.pen.down = false;
    this.update(true);
  }

  // The drawing as a file, black ink on white paper, whatever the page's colours are. It is a plain
  // grey map: a browser may take its time to make a PNG.
  picture() {
    const sent = new OffscreenCanvas(SENT, SENT);
    const context = sent.getContext("2d", { alpha: false, willReadFrequently: true });
    context.fillStyle = "#fff";
    context.fillRect(0, 0, SENT, SENT);
    context.scale(SENT / SIDE, SENT / SIDE);
    this.ink(context, "#000");
    const colours = context.getImageData(0, 0, SENT, SENT).data;
    const grey = new Uint8Array(SENT * SENT).map((_, place) => colours[4 * place]);
    return new Blob([`P5 ${SENT} ${SENT} 255\n`, grey], { type: "image/x-portable-graymap" });
  }

  begin(event) {
    if (this.pointer !== null || event.button !== 0) return; // a second finger, another button
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.pen.down = this.pen.shown = false;
    this.strokes.push([this.place(event)]);
    this.update(false);
  }

  go(event) {
    if (event.pointerId !== this.pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    this.strokes.at(-1).push(...(events.length ? events : [event]).map((each) => this.place(each)));
    this.changed(false);
    this.frame ??= requestAnimationFrame(() => this.paint()); // events come faster than pictures
  }

  end(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.changed(true); // nothing of the drawing is new, and the answer is waited for
  }

  key(event) {
    const pen = this.pen;
    if ((event.ctrlKey || event.metaKey) && event.key === "z") {
      this.undo();
    } else if (event.key === "Escape") {
      this.clear();
    } else if (event.key === " ") {
      pen.down = !pen.down;
      pen.shown = true;
      if (pen.down) this.strokes.push([[pen.x, pen.y]]);
      this.update(true);
    } else if (event.key in ARROWS) {
      const step = event.shiftKey ? LARGE_STEP : STEP;
      const [right, down] = ARROWS[event.key];
      pen.x = Math.min(SIDE, Math.max(0, pen.x + right * step));
      pen.y = Math.min(SIDE, Math.max(0, pen.y + down * step));
      pen.shown = true;
      if (pen.down) this.strokes.at(-1).push([pen.x, pen.y]);
      if (pen.down) this.update(false);
      else this.paint();
    } else {
      return;
    }
    event.preventDefault();
  }

  hidePen() {
    this.pen.shown = this.pen.down = false;
    this.paint();
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = SIDE / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  update(whole) {
    this.paint();
    this.changed(whole);
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    const context = this.canvas.getContext("2d");
    const style = getComputedStyle(this.canvas);
    context.clearRect(0, 0, SIDE, SIDE);
    this.ink(context, style.getPropertyValue("--ink"));
    if (!this.pen.shown) return;
    context.beginPath();
    context.arc(this.pen.x, this.pen.y, PEN / 2, 0, 2 * Math.PI);
    context.lineWidth = 4;
    context.strokeStyle = style.getPropertyValue("--accent");
    context.setLineDash(this.pen.down ? [] : [8, 8]);
    context.stroke();
    context.setLineDash([]);
  }

  ink(context, colour) {
    context.strokeStyle = colour;
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = "round";
    for (const [first, ...rest] of this.strokes) {
      context.beginPath();
      context.moveTo(...first);
      context.lineTo(first[0] + 0.1, first[1]); // a dot, where there is no more
      for (const point of rest) context.lineTo(...point);
      context.stroke();
    }
  }
}
