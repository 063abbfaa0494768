/** The text whose character codes are the bytes: ISO 8859-1, in which every byte sequence is a text. */
export function decodeLatin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
