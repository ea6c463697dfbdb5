/** Progress on this device: written after the visitor's first act, never before. */
export class Progress {
  constructor(name) {
    this.name = `stadtkern.rally.${name}`;
    this.kept = true;
    this.state = { tasks: {}, clock: true };
    try {
      const found = JSON.parse(localStorage.getItem(this.name));
      if (found && typeof found.tasks === "object") {
        this.state = { clock: found.clock !== false, counted: found.counted === true, tasks: found.tasks };
      }
    } catch {
      this.kept = false; // forbidden or broken: play on without keeping
    }
  }

  /** What is known of a task: {done, points, tries, hint, started}. */
  of(id) {
    return this.state.tasks[id] ?? {};
  }

  set(id, values) {
    this.state.tasks[id] = { ...this.of(id), ...values };
    this.write();
  }

  write() {
    try {
      localStorage.setItem(this.name, JSON.stringify(this.state));
      this.kept = true;
    } catch {
      this.kept = false;
    }
  }

  /** Note that this finished rally counts, or will: no second press. */
  counted() {
    this.state.counted = true;
    this.write();
  }

  forget() {
    this.state = { tasks: {}, clock: true };
    try {
      localStorage.removeItem(this.name);
    } catch {
      this.kept = false;
    }
  }

  get begun() {
    return Object.keys(this.state.tasks).length > 0;
  }
}
