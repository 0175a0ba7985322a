// Letters on the canvas, and how much room they take.

// No letter is narrower than this on the average, so what is longer need not be measured.
const LETTER_WIDTH_MIN = 3;
// Of a text that is cut off, at least so much is left.
const SHORTENED_LETTERS_MIN = 8;

class Lettering {
  constructor() {
    this.widthsByFont = new Map();
  }

  useFont(context, font) {
    context.font = `${font} ${FONT}`;
    if (!this.widthsByFont.has(font)) this.widthsByFont.set(font, new Map());
    this.textWidths = this.widthsByFont.get(font);
  }

  // Measuring is slow, and most texts are written again in the next frame.
  textWidth(context, text) {
    let width = this.textWidths.get(text);
    if (width === undefined) {
      // Bounded: commands may all differ.
      if (this.textWidths.size > 5_000) this.textWidths.clear();
      width = context.measureText(text).width;
      this.textWidths.set(text, width);
    }
    return width;
  }

  // The longest of the texts that fits, or none.
  fitting(context, texts, room) {
    return room < LETTER_WIDTH_MIN ? undefined
      : texts.find((text) => text.length * LETTER_WIDTH_MIN <= room && this.textWidth(context, text) <= room);
  }

  shortened(context, text, room) {
    if (this.textWidth(context, text) <= room) return text;
    const characters = [...text];
    const kept = firstWhere(characters.length, (count) => (
      this.textWidth(context, `${characters.slice(0, count + 1).join("")}…`) > room));
    return kept >= SHORTENED_LETTERS_MIN ? `${characters.slice(0, kept).join("").trimEnd()}…` : "";
  }
}
