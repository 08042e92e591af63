/** What all drawings of the map are made with. */

/** The page's color of a token, in today's theme. */
export type Color = (token: string) => string;

/** No font files are fetched: the library draws each character with the reader's own fonts. */
export const MAP_FONT = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"];
