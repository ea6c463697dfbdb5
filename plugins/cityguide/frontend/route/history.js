/** States to go back and forth between; a state is never changed, only replaced. */
export class History {
  constructor(state) {
    this.past = [];
    this.now = state;
    this.future = [];
    this.mark = null;
  }

  /** Note a new state. With the same `mark` as before it takes the last one's place: one key held down is one step. */
  push(state, mark = null) {
    if (mark === null || mark !== this.mark) {
      this.past.push(this.now);
      if (this.past.length > 200) this.past.shift();
    }
    this.mark = mark;
    this.now = state;
    this.future = [];
  }

  undo() {
    if (this.past.length === 0) return null;
    this.future.push(this.now);
    this.now = this.past.pop();
    this.mark = null;
    return this.now;
  }

  redo() {
    if (this.future.length === 0) return null;
    this.past.push(this.now);
    this.now = this.future.pop();
    this.mark = null;
    return this.now;
  }
}
