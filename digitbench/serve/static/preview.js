// Shows a picture that was dropped or chosen, with a frame around each digit that was found.

export class Preview {
  constructor(canvas) {
    this.canvas = canvas;
    this.bitmap = null;
  }

  get shown() {
    return !this.canvas.hidden;
  }

  // A file that the browser cannot show is read all the same.
  async show(file) {
    this.bitmap = await createImageBitmap(file).catch(() => null);
    this.canvas.hidden = false;
    this.paint([]);
  }

  hide() {
    this.canvas.hidden = true;
    this.bitmap = null;
  }

  // Paints the picture, and frames; boxes are left, top, right, bottom in pixels of the picture.
  paint(boxes) {
    const { canvas, bitmap } = this;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!bitmap) return;
    const scale = Math.min(canvas.width / bitmap.width, canvas.height / bitmap.height);
    const left = (canvas.width - scale * bitmap.width) / 2;
    const top = (canvas.height - scale * bitmap.height) / 2;
    context.drawImage(bitmap, left, top, scale * bitmap.width, scale * bitmap.height);
    context.lineWidth = 4;
    context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--accent");
    for (const [x, y, right, bottom] of boxes) {
      context.strokeRect(left + scale * x, top + scale * y, scale * (right - x), scale * (bottom - y));
    }
  }
}
