/** The forms that a final answer comes in, surest first. Apart from the finder: the command line names them in its help. */
export const ANSWER_FORMS = ["boxed", "code", "phrase", "choice", "conclusion", "last-line"] as const;
export type AnswerForm = (typeof ANSWER_FORMS)[number];
