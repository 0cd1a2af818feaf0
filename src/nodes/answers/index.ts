/** Is this final answer that one, and what is the final answer in a text? */
export { type FindOptions, type FoundAnswer, findFinalAnswer } from "./find.ts";
export { ANSWER_FORMS, type AnswerForm } from "./forms.ts";
export { type CheckOptions, createGrader, type Grader } from "./grader.ts";
export { type CompareOptions, compareByRules } from "./rules.ts";
export { different, equal, undecided, type Verdict } from "./verdict.ts";
