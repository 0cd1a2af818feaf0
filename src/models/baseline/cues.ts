/**
 * The wordings by which a trace gives away what a sentence is for: hesitation, a check, another way, taking something
 * back, planning, concluding. In English here, in Chinese in chinese.ts. A sentence that no wording
 * matches is taken for work and kept: the lists only ever name what may go.
 *
 * Every pattern is anchored or searches a bounded piece of the sentence, and none nests repetition: a hostile trace
 * costs the same as any other.
 */

import * as zh from "./chinese.ts";
import { isChinese } from "./chinese.ts";

export interface Cues {
  /** Says nothing: "Hmm, let me think about this." */
  readonly filler: boolean;
  /** Opens a re-check of what is already there. */
  readonly check: boolean;
  /** Opens another way to what is already there. */
  readonly alternative: boolean;
  /** Takes back what was said just before. */
  readonly reject: boolean;
  /** Says what will be done, not what is. */
  readonly plan: boolean;
  /** Asks itself. */
  readonly question: boolean;
  /** Draws a conclusion: "So the answer is". */
  readonly concludes: boolean;
  /** Leans on the sentence before it: "That gives 12." */
  readonly leans: boolean;
}

/** Words of a thinker that carry nothing at the head of a sentence. */
const HESITATION =
  /^(?:(?:wait(?: a (?:minute|second|moment|sec))?|hmm+|hm+|umm*|uh+|okay|ok|alright(?:y)?|oh(?: wait)?|ah+|aha|yeah|yep|hold on(?: a (?:second|minute|moment))?)(?=[\s,.!?;:…—-]|$)|(?:right|well|all right|yes|let me see|let's see|let me think|let me get this straight|you know|so yeah|oh no|oops|actually|anyway|good|great|perfect|cool|nice|sure|got it|exactly|i see|so|now|but|and)(?=[,.!?;:…—]|\.\.\.|$))(?:[\s,.!?;:…—，。！？]|-(?![\d.\\$(\p{L}]))*/iu;

const FILLER =
  /^(?:(?:so|but|and|then)[, ]+)?(?:(?:let me|let's|let us|i need to|i should|i have to|i'll|i will|i want to|i'd better|maybe i (?:can|should)|i can)(?: just| also| now| first| quickly| carefully| try to| try and)* (?:think|see|figure (?:this|it|that) out|break (?:this|it|that|the problem) down|start|begin|proceed|continue|go (?:on|ahead|through (?:it|this|that|each))|re-?read|parse|process|approach (?:this|it)|write (?:that|this|it) down|take (?:it|this)|work (?:this|it|that|through)|recall|remember|understand|try (?:that|this|it)|do that|make sense|visuali[sz]e)\b|(?:that|this|it|everything|which)(?:'s| is| seems| looks| sounds| checks| makes| should be| also seems| also checks| all)? ?(?:to be |all )?(?:right|correct|good|fine|straightforward|reasonable|consistent|sense|sense\.|out|great|simple|solid|okay|ok|clear|easy|simple enough|easy enough)\b|got (?:it|that)|no (?:problem|mistakes?)|makes sense|sounds (?:good|right)|seems (?:right|correct|good|straightforward|reasonable|solid|consistent)|(?:i think|i believe|i'm pretty sure|i guess|i'm (?:fairly )?(?:confident|sure|certain)|so) (?:that|this|it)(?:'s| is| should be| makes| seems| checks)? ?(?:right|correct|it|solid|sense|all|good|out)\b|i don't (?:see|think|believe) |(?:this|that) is (?:a bit |getting |kind of |quite |really )?(?:confusing|tricky|complicated|messy|tedious|a complex or challenging|important)|i'm (?:a bit |getting a bit |getting )?(?:confused|stuck|lost|not sure)|correct\b|same (?:result|answer|thing)|(?:that|this|it) (?:might|may|could|would|can) (?:be |get |also be )?(?:complicat\w+|confus\w+|tricky|messy|tedious|too (?:complicated|long|many))|i(?:'ve| have)? (?:got |have )?(?:this|a) (?:\w+ )?(?:math |word |probability |geometry |algebra )?problem\b|(?:just )?to recap|part of me|i(?:'ve| have) (?:got|done|solved|checked|covered)|(?:and |so )?that(?:'s| is) (?:the|my) (?:final )?answer[.!]?$|but again|(?:maybe|perhaps) i (?:made|misread|missed|misunderstood|messed))/i;

const CHECK =
  /\b(?:double[- ]?check(?:ing)?|re-?check(?:ing)?|cross-?(?:check|verif)\w*|(?:let me|let's|let us|i'll|i should|i can|to|and|we can|can i) (?:just |also |quickly |now )?(?:verify|check|confirm|make sure|test|validate|re-?verify|be sure|be safe|go over|run through|recap|recount|recalculate|re-?compute|re-?examine|re-?read|see if (?:that|this|it) (?:makes sense|checks))|just to (?:be|make) (?:sure|certain|safe|thorough)|to be (?:sure|safe|thorough|certain)|as a (?:sanity )?check|sanity check|(?:let me|let's) (?:check|verify|confirm)|(?:verify|checking|verification|verifying)[:,]? (?:again|that|this|the|my|with)|once more|one more time|did i (?:miss|make|do|read|account)|make sure (?:i|that i|there|we|that)|didn't (?:make|miss|mess|misread)|(?:in case|whether) i (?:made|missed|misread))/i;

const ALTERNATIVE =
  /^(?:(?:so|but|and|or|also|now)[, ]+)?(?:alternatively|alternative (?:way|approach|method|solution)|(?:a |the )?(?:second|other|different) (?:way|approach|method)|another (?:way|approach|method|check|thought|idea|angle)|(?:is|are) there (?:another|any other|a different|other)|is there a (?:formula|smarter|quicker|faster|simpler)|(?:let me|let's|maybe i (?:can|should)|i (?:can|could)|we (?:can|could)|perhaps) (?:also )?(?:try|use|consider|think of|approach|do|look|think about) (?:it |this |that |at it |of it |about it )?(?:another|a different|an alternative|in another|differently|from (?:another|a different))|or maybe|(?:maybe|perhaps|could|might) (?:someone|somebody|the problem|there(?:'s| is)|it's a trick|they)|(?:someone|somebody) (?:might|could|may)|what if|if (?:someone|the problem had|i had|i used|instead)|for example, if i)/i;

const REJECT =
  /^(?:(?:so|but|and|hmm+|oh)[, ]+)*(?:wait,? no\b|no[,.] (?:wait|that|it|this|the|i\b|because|actually)|(?:that|this|which|it)(?:'s| is| was| can(?:'t|not)| cannot| doesn't| does not| isn't| is not| seems| seemed| wouldn't| won't)[^.]{0,24}\b(?:wrong|incorrect|not right|not correct|be right|work|impossible|a mistake|contradict\w*|off|too big|too large|too small|make sense|not helpful|not possible|not the case)|i (?:made|must have made|think i made|might have made|may have made|messed|miscalculated|miscounted|misread|misunderstood|forgot|was wrong)|scratch that|not quite|my mistake|oops)/i;

const PLAN =
  /^(?:(?:so|now|okay|first|firstly|next|then|and|but|alright|again|therefore|thus|finally|lastly)[, ]+)*(?:let me|let's|let us|i need to|we need to|i have to|we have to|i'll|we'll|i should|i want to|we want to|i'm going to|i think i (?:need|should|can|have)|i (?:must|can)|so i need|the (?:next|first) (?:step|thing)|my (?:next|first) step|how (?:do|can|should)|to (?:find|solve|do|figure|get|determine|calculate|compute)[^,=]{0,60}[,.]? ?(?:i|we)\b|maybe|perhaps)/i;

const CONCLUDES =
  /(?:\\boxed|\b(?:the|my|final|our|correct)(?: final| correct)? answers?\b|^(?:\*\*)?final answer|\banswer(?: to (?:this|the) (?:problem|question))? (?:is|should be|would be|must be)|^(?:so|therefore|thus|hence|consequently|in conclusion|putting it all together|in total|altogether|overall|finally|as a result|in summary)\b|\b(?:therefore|thus|hence|in total|altogether)\b)/i;

const LEANS =
  /^(?:(?:so|and|then|but|therefore|thus|hence|because|now|also)[, ]+)*(?:that|this|these|those|it|they|which|he|she|both|each of (?:these|those|them)|the (?:former|latter|same|other|rest|result|second|third|last)|similarly|likewise|instead|otherwise|because|since|where|adding|substituting|simplifying|multiplying|dividing|subtracting|combining|plugging|expanding|dividing|taking|putting|if so|then|as (?:we|i) (?:saw|said)|in (?:that|this|either|both) (?:case|way))\b/i;

const REJECT_WINDOW = 240;

export function readCues(sentence: string): Cues {
  const text = sentence.length > 600 ? sentence.slice(0, 600) : sentence;
  const core = stripHesitation(text);
  const cues = readEnglish(text, core);
  if (!isChinese(text)) return cues;
  return {
    filler: cues.filler || zh.FILLER.test(core),
    check: cues.check || zh.CHECK.test(text),
    alternative: cues.alternative || zh.ALTERNATIVE.test(core),
    reject: cues.reject || zh.REJECT.test(text) || zh.REJECT.test(core),
    plan: cues.plan || zh.PLAN.test(core),
    question: isQuestion(text, core),
    concludes: cues.concludes || zh.CONCLUDES.test(core),
    leans: cues.leans || zh.LEANS.test(core),
  };
}

function readEnglish(text: string, core: string): Cues {
  return {
    filler: core.length < 3 || isMurmur(core) || (FILLER.test(core) && core.length < 160),
    check: CHECK.test(text),
    alternative: ALTERNATIVE.test(core),
    reject: REJECT.test(text.slice(0, REJECT_WINDOW)) || REJECT.test(core.slice(0, REJECT_WINDOW)),
    plan: PLAN.test(core),
    question: isQuestion(text, core),
    concludes: CONCLUDES.test(core),
    leans: LEANS.test(core),
  };
}

/** "Interesting.", "But again.": three words at most, and nothing to count with. */
function isMurmur(core: string): boolean {
  return (
    core.length < 32 &&
    /^[A-Za-z']+(?:[ ,]+[A-Za-z']+){0,2}[.!]+$/.test(core) &&
    !/\b(?:even|odd|prime|true|false|none|zero|one|two|three|four|five|six|done|works|equal|impossible)\b/i.test(core)
  );
}

const ASKS =
  /^(?:(?:so|but|and|then|or|maybe|now)[, ]+)*(?:what|how|why|is|are|does|do|can|could|should|would|which|where|who|when|did|was|were|will|isn't|aren't|doesn't|shouldn't|wouldn't|am|has|have|might)\b|[,;:] (?:what|how|why|which|where|who|when|is|are|does|do|can|should)\b|\b(?:what|how many|how much|what's|right or wrong)\b/i;

/** Asks itself. "So 3 * 4 = 12, right?" and "= 5/7?" are statements that hesitate, and count as such. */
export function isQuestion(text: string, core: string): boolean {
  if (!/[?？]["')*”’）\s]*$/.test(text)) return false;
  if (isChinese(core)) return zh.ASKS.test(core.replace(zh.SURELY, ""));
  return ASKS.test(core.replace(/,? (?:right|correct|okay|ok|yes|no)\?["')*\s]*$/i, ""));
}

/** Takes "Hmm, wait, okay, so" off the head of a sentence; "" when nothing else was there. */
export function stripHesitation(sentence: string): string {
  let text = sentence;
  for (let round = 0; round < 6; round++) {
    const stripped = text
      .replace(HESITATION, "")
      .replace(zh.HESITATION, "")
      .replace(/^(?:so|but|and)[,.]*\s+(?=(?:wait|hmm+|okay|hold on|let me see|yeah|yes)\b)/i, "");
    if (stripped === text) break;
    text = stripped;
  }
  return text.trim();
}
