// Sends the token of a mailed link, which stands behind the # and so reached no server, when somebody presses the button.
"use strict";

const form = document.querySelector("form");
const said = document.querySelector("[role=status]");
const button = form.querySelector("button");
const token = decodeURIComponent(location.hash.slice(1));
// Whoever looks over a shoulder or through the history finds no token.
history.replaceState(null, "", location.pathname);

const say = (went, text) => {
  said.dataset.went = went;
  said.textContent = text;
};

const textFor = (status, problem) => {
  if (status === 429) return form.dataset.tooMany;
  if (problem.code === "validation_failed") return form.dataset.badPassword || form.dataset.badLink;
  return status < 500 ? form.dataset.badLink : form.dataset.failed;
};

const send = async () => {
  const body = { token };
  for (const field of form.querySelectorAll("input")) body[field.name] = field.value;
  const answer = await fetch(form.dataset.endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) {
    say("wrong", textFor(answer.status, await answer.json().catch(() => ({}))));
    return;
  }
  form.hidden = true;
  say("well", form.dataset.done);
};

form.addEventListener("submit", async event => {
  event.preventDefault();
  button.disabled = true;
  say("", "");
  try {
    await send();
  } catch {
    say("wrong", form.dataset.failed);
  } finally {
    button.disabled = false;
  }
});

if (!token) {
  form.hidden = true;
  say("wrong", form.dataset.badLink);
}
