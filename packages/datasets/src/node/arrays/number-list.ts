/** Float64 numbers whose count is not known before. */
export class NumberList {
  private numbers = new Float64Array(1024);
  private length = 0;
  push(value: number): void {
    if (this.length === this.numbers.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    this.numbers[this.length++] = value;
  }
  values(): Float64Array {
    return this.numbers.slice(0, this.length);
  }
}
