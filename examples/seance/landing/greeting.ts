export const greeting = "Take a seat. Who is there?";
