import "./styles/tokens.css";
import "./styles/base.css";
import "./theme.ts";
import { createRoot } from "react-dom/client";
import { App } from "./shell/app.tsx";

createRoot(document.getElementById("root")!).render(<App />);
