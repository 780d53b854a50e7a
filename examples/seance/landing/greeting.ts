export const greeting = "Who knocks? 1795248750068";
