// The board: notes of this visit, a filter, and a page of figures that loads when it is asked for.
import { lazy, Suspense, useEffect, useMemo, useState } from "react";

const Figures = lazy(() => import("./figures.jsx"));

function usePath() {
  const [path, setPath] = useState(location.pathname);
  useEffect(() => {
    const follow = () => setPath(location.pathname);
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  const go = (next) => { history.pushState(null, "", next); setPath(next); };
  return [path, go];
}

function Link({ to, go, children }) {
  return <a href={to} onClick={(event) => { event.preventDefault(); go(to); }}>{children}</a>;
}

function Board({ notes, add, remove }) {
  const [text, setText] = useState("");
  const [words, setWords] = useState("");
  const shown = useMemo(() => notes.filter((note) => note.text.toLowerCase().includes(words.toLowerCase())), [notes, words]);
  return (
    <main>
      <h1>Notes board</h1>
      <form onSubmit={(event) => { event.preventDefault(); if (text.trim() !== "") { add(text.trim()); setText(""); } }}>
        <label>Note <input value={text} onChange={(event) => setText(event.target.value)} /></label>
        <button type="submit">Pin</button>
      </form>
      <label>Find <input type="search" value={words} onChange={(event) => setWords(event.target.value)} /></label>
      <p role="status">{shown.length === 0 ? "Nothing is pinned here." : `${shown.length} of ${notes.length} notes`}</p>
      <ul aria-label="Notes">
        {shown.map((note) => <li key={note.id}>{note.text} <button type="button" aria-label={`Take down ${note.text}`} onClick={() => remove(note.id)}>Take down</button></li>)}
      </ul>
    </main>
  );
}

export function App() {
  const [path, go] = usePath();
  const [notes, setNotes] = useState([]);
  const add = (text) => setNotes((all) => [...all, { id: crypto.randomUUID(), text }]);
  const remove = (id) => setNotes((all) => all.filter((note) => note.id !== id));
  return (
    <>
      <nav aria-label="Pages"><Link to="/" go={go}>Board</Link> <Link to="/figures" go={go}>Figures</Link></nav>
      {path === "/figures" ? <Suspense fallback={<p>Loads…</p>}><Figures notes={notes} /></Suspense> : <Board notes={notes} add={add} remove={remove} />}
    </>
  );
}
