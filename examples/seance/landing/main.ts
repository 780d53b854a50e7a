import "./style.css";
import { greeting } from "./greeting.ts";
import { ask, join, questions } from "./table.ts";

const find = <T extends HTMLElement>(selector: string): T => document.querySelector<T>(selector)!;
const form = find<HTMLFormElement>("form");

function greet(words: string): void {
  find("#greeting").textContent = words;
}

async function attempt(work: () => Promise<void>): Promise<void> {
  find("#problem").textContent = "";
  await work().catch((error: Error) => (find("#problem").textContent = error.message));
}

async function show(): Promise<void> {
  const items = (await questions()).map(({ by, text }) => {
    const item = document.createElement("li");
    item.textContent = `${by}: ${text}`;
    return item;
  });
  find("#questions").replaceChildren(...items);
}

greet(greeting);
void attempt(show);
const tell = join(() => void attempt(show));

form.onsubmit = (event) => {
  event.preventDefault();
  const values = new FormData(form);
  void attempt(async () => {
    await ask(String(values.get("who")), String(values.get("text")));
    tell();
    await show();
  });
};

// A save of the greeting changes the words on the open page: nothing else is loaded again.
import.meta.hot?.accept("./greeting.ts", (changed) => greet(changed?.greeting));
