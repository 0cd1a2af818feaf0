/**
 * The page as its users meet it: a real browser, the built server, a run that goes on while they look. One project and
 * one browser for all of it; the facts stand in the order of a morning's work.
 */
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { expect as see } from "playwright-core/test";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LocalMockServer } from "../mock-server.ts";
import { Studio, type Visit } from "./studio-rig.ts";

let studio: Studio;
let models: LocalMockServer;
let anna: Visit;
