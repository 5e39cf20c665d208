const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** Whether XML 1.0 §2.2 allows the character. */
function isXmlCharacter(code: number): boolean {
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}

/**
 * Replaces the five entities of XML and character references, once. Any other reference stays as it is written, since a
 * document cannot define entities here.
 */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));/g,
    (whole: string, hex: string | undefined, decimal: string | undefined, name: string) => {
      if (hex === undefined && decimal === undefined) return named[name] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return isXmlCharacter(code) ? String.fromCodePoint(code) : whole;
    },
  );
}

/** What goes into CDATA as it is: no control character, no half of a pair, no end mark. */
const plain = /^[\t\n\r\x20-\\\x5e-\ud7ff\ue000-\ufffd]*$/;

/** `text` as a CDATA section. What XML cannot hold is left out; `]]>` is divided between two sections. */
export function cdata(text: string): string {
  if (plain.test(text)) return `<![CDATA[${text}]]>`;
  const clean = Array.from(text.toWellFormed())
    .filter((character) => isXmlCharacter(character.codePointAt(0) ?? 0))
    .join('');
  return `<![CDATA[${clean.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
}
