// Starts the application; a page of the history is a page of the application.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.jsx";

createRoot(document.getElementById("root")).render(<StrictMode><App /></StrictMode>);
