// Sends a picture and hands on what comes back, line by line. Only the newest picture counts.

const PAUSE_MS = 150; // between two pictures of a stroke that is still drawn

export class Reader {
  // `line(content)` is called with each line of an answer; `done(error)` when it has come to its
  // end, with what is wrong or null.
  constructor({ line, done }) {
    this.line = line;
    this.done = done;
    this.controller = null;
    this.timer = null;
  }

  // Sends the file that `make` returns, after a pause if that can wait.
  send(make, atOnce) {
    if (atOnce) {
      clearTimeout(this.timer);
      this.timer = null;
      this.now(make);
    } else {
      this.timer ??= setTimeout(() => {
        this.timer = null;
        if (this.controller) this.send(make, false); // one at a time
        else this.now(make);
      }, PAUSE_MS);
    }
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
    this.controller?.abort();
    this.controller = null;
  }

  async now(make) {
    this.controller?.abort();
    const controller = (this.controller = new AbortController());
    let error = null;
    try {
      error = await this.ask(make(), controller.signal);
    } catch {
      error = "digitbench does not answer: is it still running?";
    }
    if (controller.signal.aborted) return;
    this.controller = null;
    this.done(error);
  }

  async ask(file, signal) {
    const type = file.type.startsWith("image/") ? file.type : "application/octet-stream";
    const headers = { "content-type": type };
    const answer = await fetch("/read", { method: "POST", body: file, headers, signal });
    if (!answer.ok) {
      const json = answer.headers.get("content-type")?.includes("json");
      return json ? (await answer.json()).error : (await answer.text()).trim();
    }
    const text = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await text.read();
      if (done) return null;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      if (signal.aborted) return null;
      for (const line of lines) this.line(JSON.parse(line));
    }
  }
}
