// Door of the scripted model for tests and the demo.
export { call, muteConversation, muteText, resultsOf, sinceText, text } from "./conversation.ts";
export type { AnswerStep, Conversation, ConversationMessage, FaultStep, ModelStep, Script, StepCall, StepUsage, ToolResult, WireName } from "./conversation.ts";
export { startScriptedModel } from "./server.ts";
export type { ModelRequest, ScriptedModel, ScriptedModelOptions } from "./server.ts";
