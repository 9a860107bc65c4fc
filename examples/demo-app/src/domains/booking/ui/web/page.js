// The page's script: asks the API, shows what it answers. Text only ever enters the page as text.

const element = (id) => document.getElementById(id);
const form = element("book");
const roomNames = new Map();

async function ask(method, path, body) {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}

function say(kind, text) {
  element("message").dataset.kind = kind;
  element("message").textContent = text;
}

function renderBooking(booking) {
  const row = document.createElement("tr");
  const room = roomNames.get(booking.room) ?? booking.room;
  for (const text of [`${booking.from}–${booking.to}`, room, booking.title, String(booking.people)]) {
    row.insertCell().textContent = text;
  }
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Cancel";
  button.setAttribute("aria-label", `Cancel ${booking.title}, ${room}, ${booking.from} to ${booking.to}`);
  button.addEventListener("click", () => attempt(() => cancel(booking)));
  row.insertCell().append(button);
  return row;
}

async function showDay() {
  const query = new URLSearchParams({ day: element("day").value, room: element("room").value });
  const agenda = await ask("GET", `/api/bookings?${query}`);
  element("bookings").closest("table").classList.toggle("one-room", element("room").value !== "");
  element("bookings").replaceChildren(...agenda.bookings.map(renderBooking));
  const hours = (agenda.bookedMinutes / 60).toFixed(1);
  element("fullness").textContent = agenda.bookings.length === 0 ? "No bookings yet." : `${agenda.bookings.length} booked, ${hours} hours.`;
}

async function cancel(booking) {
  await ask("DELETE", `/api/bookings/${booking.id}`);
  await showDay();
  say("done", `Cancelled: ${booking.title}.`);
}

async function book() {
  const fields = new FormData(form);
  const wanted = { ...Object.fromEntries(fields), day: element("day").value, people: Number(fields.get("people")) };
  const { booking } = await ask("POST", "/api/bookings", wanted);
  await showDay();
  say("done", `Booked: ${booking.title}, ${roomNames.get(booking.room)}, ${booking.from} to ${booking.to}.`);
}

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    say("error", error.message);
  }
}

async function start() {
  const now = new Date();
  element("day").value = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
  const { rooms } = await ask("GET", "/api/rooms");
  for (const room of rooms) {
    roomNames.set(room.id, room.name);
    element("room").append(new Option(room.name, room.id));
    form.elements.namedItem("room").append(new Option(`${room.name} (${room.capacity})`, room.id));
  }
  element("day").addEventListener("change", () => attempt(showDay));
  element("room").addEventListener("change", () => attempt(showDay));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void attempt(book);
  });
  await showDay();
}

await attempt(start);
