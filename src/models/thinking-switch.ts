/**
 * Thinking, switched on or off. Every family of servers has a field of its own for it:
 *
 *   chat-template      chat_template_kwargs: { enable_thinking }      vLLM, SGLang, llama.cpp
 *   enable-thinking    enable_thinking                                DashScope, ModelScope
 *   thinking-type      thinking: { type: enabled | disabled }         DeepSeek
 *   reasoning-effort   reasoning_effort: medium | none                OpenAI, Ollama
 *
 * The field becomes part of the model's `extra`, so that it counts wherever what is sent counts. What a graph itself
 * writes under `extra` wins.
 */
import type { OpenAiSpec } from "./spec.ts";

export const THINKING_SWITCHES = ["chat-template", "enable-thinking", "thinking-type", "reasoning-effort"] as const;
export type ThinkingSwitch = (typeof THINKING_SWITCHES)[number];

/** The model with what its server wants to hear; as it is, where the graph says nothing of thinking. */
export function withThinking(spec: OpenAiSpec): OpenAiSpec {
  const { thinking, thinkingSwitch, baseUrl, extra } = spec;
  if (thinking === undefined) return spec;
  const fields = fieldsOf(thinkingSwitch === "auto" ? switchOf(baseUrl) : thinkingSwitch, thinking);
  const merged = Object.fromEntries(
    Object.entries(extra).map(([key, value]) => {
      const ours = fields[key];
      return [key, isMap(value) && isMap(ours) ? { ...ours, ...value } : value];
    }),
  );
  return { ...spec, extra: { ...fields, ...merged } };
}

function fieldsOf(by: ThinkingSwitch, on: boolean): Record<string, unknown> {
  switch (by) {
    case "chat-template":
      return { chat_template_kwargs: { enable_thinking: on } };
    case "enable-thinking":
      return { enable_thinking: on };
    case "thinking-type":
      return { thinking: { type: on ? "enabled" : "disabled" } };
    case "reasoning-effort":
      return { reasoning_effort: on ? "medium" : "none" };
  }
}

/** By the address, for services that have one; whoever serves a model at home mostly runs vLLM or SGLang. */
function switchOf(baseUrl: string): ThinkingSwitch {
  const url = URL.parse(baseUrl);
  const host = url?.hostname ?? "";
  if (/(^|\.)(dashscope[\w-]*\.aliyuncs\.com|modelscope\.cn)$/.test(host)) return "enable-thinking";
  if (/(^|\.)deepseek\.com$/.test(host)) return "thinking-type";
  if (/(^|\.)openai\.com$/.test(host) || url?.port === "11434") return "reasoning-effort";
  return "chat-template";
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
