/** The little of a page that modules read as they load: its language, time zone and words. */
const words = JSON.stringify({ live_live: "Live, last change {time}" });

Object.assign(globalThis, {
  document: {
    documentElement: { lang: "en", dataset: { timeZone: "Asia/Shanghai" } },
    getElementById: (id: string) => (id === "words" ? { textContent: words } : null),
  },
});
