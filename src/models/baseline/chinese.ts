/**
 * The wordings of Chinese chains, each the counterpart of an English list beside it: what a sentence is for (cues.ts),
 * what is doubted (doubts.ts), what is advanced (vocabulary.ts), what is asked and given. As there, a sentence that no
 * wording matches is work and stays; every pattern is anchored or looks for fixed words, and none nests repetition.
 */

/** The ranges by number: a Unicode property costs several times as much, and this is asked of every sentence. */
const HAN = /[\u3400-\u9fff\uf900-\ufaff]/;

export function isChinese(text: string): boolean {
  return HAN.test(text);
}

/** Sentences that end or announce something end so in either language. */
export const ANNOUNCES = /[:：]$/;

/** Who speaks, and how it goes on, before what is done: "那么我们再来", "我想，不妨". */
const SPEAKS =
  "(?:(?:那么?|现在|这里|好|所以|但是?|不过|而且|然后|接着|最后|我们?|咱们|让我们?|先|再|也|还|来|就|不妨|可以|应该|需要|得|要|想|试着|再来)[，, ]?){0,6}";

/** At the head of a sentence, and nothing else with it. Those that can carry a sentence need a mark behind them. */
export const HESITATION =
  /^(?:嗯+|呃+|唔+|哦+|噢+|啊+|哎呀?|哈+|等等|等一下|等一等|且慢|慢着|稍等(?:一下)?|让我(?:再)?(?:想一?想|看一?看|想想看|理一理)|我(?:再)?想一?想|(?:好的?|好吧|行|对|对了|对吧|是的|没错|不错|可以|那么|那|其实|话说回来|这样的话|这样一来|当然|很好|太好了|明白了|我明白了)(?=[，,。.！!？?…：:]))(?:[\s，,。.！!？?…：:—-])*/u;

export const FILLER = new RegExp(
  `^(?:${SPEAKS}(?:想一?想|看一?看|看看(?:题目|这道题|怎么做)|想想看?|理解(?:一下)?(?:题目|题意|问题|这道题)(?:的意思)?|梳理一?下|整理一?下(?:思路)?|理一?下(?:思路)?|重新想一?下|仔细想一?想|一步一步(?:地)?来|开始吧?|继续|试试看?|读一?遍题目?)[^\\d=]{0,16}|(?:这|那|它|结果|两者|前后|看来|看起来|这样|一切|两种方法)?(?:(?:的)?结果)?(?:应该|好像|似乎|确实|也|都|完全|看起来)?(?:是)?(?:没错|对的|正确的?|没有?问题|一致|一样|相同|吻合|符合题意|合理的?|说得通|没有错误?)(?:的|了)?[。！!，,]?(?:[^\\d=]{0,14})|(?:和|与)(?:题目|前面|之前|刚才)[^\\d=]{0,8}(?:一致|相符|吻合)[^\\d=]{0,6}|(?:有点|有些)(?:复杂|混乱|绕)[^\\d=]{0,10}|(?:我|这|题目)[^\\d=]{0,6}(?:有点|有些|不太)(?:糊涂|确定|乱|清楚)[^\\d=]{0,8})[。！!…\\s]*$`,
  "u",
);

/** A check of what is there. "可以验证 f 单调" and "逐一检查每个数" are the work itself. */
export const CHECK =
  /验算|(?:验证|检验|核对|复核|核实)(?:一下|一遍|[：:，,。]|结果|答案|计算|无误|$)|(?:让我们?|我们?|再|来|最后|下面|不妨|顺便)(?:再|来|先)?(?:验证|检验|核对|复核|核实)|检查一?[下遍：:]|再检查|检查(?:我|计算|结果|答案|是否)|确认(?:一下|这|结果|是否|无误|没有)|重新(?:算|计算|数|核|检查|审视)|再(?:算|数|看|核|确认)(?:一下|一遍|一次|一眼)|回头(?:看|检查)|代入(?:原式|原方程|原题|题目)?(?:验证|检验)|代回|反过来(?:算|验)|以防万一|保险起见|为了(?:保险|确保|确认)|确保(?:没有|我|结果|计算)/u;

export const ALTERNATIVE = new RegExp(
  `^${SPEAKS}(?:换一?(?:种|个|条)(?:方法|办法|思路|角度|方式|解法|路)|另一?(?:种|个|条)(?:方法|办法|思路|角度|解法|途径)|另外一种|另解|第二种(?:方法|解法|思路)|用别的方法|从另一个角度|有没有(?:别的|其他|更简单的)(?:方法|办法|思路)|或者也?(?:可以|能)|也可以(?:这样|换|用|从)|还有一种|要是题目|假如题目|如果题目)`,
  "u",
);

export const REJECT =
  /^(?:(?:但是?|不过|可是|哦|嗯|等等|等一下|啊)[，, ]?){0,3}(?:不对(?![称应])|不是这样|这(?:样|个|里|一步)?(?:是)?(?:不对|错|不行|行不通|有问题)|(?:我)?(?:刚才|前面|上面|之前)?(?:算|看|想|弄|搞|写|数|读|理解|代)错|错了|(?:我|刚才)(?:犯了|漏|忘|误解)|搞混了|糟糕|划掉)/u;

export const PLAN = new RegExp(
  `^(?:(?:首先|其次|然后|接着|接下来|最后|现在|下一步|第[一二三四五]步|那么|于是|再|同样|另外)[，,：:]?){0,2}${SPEAKS}(?:求出?|计算|算出?|确定|找出?|考虑|分析|看|设法|利用|回忆|列(?:出)?方程|写出|讨论|处理|解决|判断|理解)[^=≈。]{0,40}[。：:]?$`,
  "u",
);

/** Asks itself, and does not state a value that it only hesitates about: "……，对吗？". */
export const ASKS =
  /什么|怎么|怎样|如何|为什么|是不是|是否|能不能|会不会|对不对|要不要|有没有|可不可以|哪|多少|几[个种次条天人]|难道|吗[？?]|呢[？?]/u;

export const CONCLUDES =
  /^(?:所以|因此|因而|于是|故(?!意|事)|从而|综上|总之|由此可[见知得]|可见|最终|最后得|这样一共|一共|总共|合计|答[:：])|答案|最终结果|即为所求/u;

export const LEANS =
  /^(?:(?:所以|那么|于是|而|但|也|又|因为|由于)[，,]?){0,2}(?:这[个些样里时一两]?|那[个些样时]?|它们?|其|此时|此|两者|前者|后者|同理|同样|类似|由此|上式|该|他们?|她们?|代入|化简|相加|相减|相乘|相除|移项|整理)/u;

/** "But" and the like, whose partner is gone. */
export const PARTNERLESS =
  /^(?:(?:但是?|然而|不过|可是|而且|另外|同时|此外|还有|同样|或者|反之|并且|也)[，,]\s*){1,3}/u;
export const HEDGE_HEAD = /^(?:我(?:想|觉得|猜|认为|估计)|可能|也许|大概|或许|看来|似乎|好像)[，,]\s*(?=\S)/u;
/** A thinker that stops short is about to correct what stands right before. */
export const TURN = /^(?:等等|等一下|慢着|且慢)/u;
/** "……，对吧？" is a statement. */
export const SURELY = /[，,]?(?:对吧|对吗|对不对|是吧|是吗|没错吧|不是吗)[？?](?=[”’）)\s]*$)/u;

export const DOUBTS_STRONG =
  /(?:无法|不能|没法|没办法)(?:唯一)?(?:确定|求解|求出|得出|解出|判断|算出|回答)|(?:信息|条件|数据)(?:不足|不够|不完整|缺失|有缺)|缺(?:少|失|乏)(?:了)?(?:必要|足够|关键|一些|某个|某些)?(?:的)?(?:条件|信息|数据|图形|图)|没有(?:给出|提供|说明)?足够的?(?:条件|信息|数据)|题目(?:可能|似乎|好像|应该|或许)?(?:是)?(?:有误|有问题|不完整|出错|印错|抄错|漏)|(?:只能|不得不|凭感觉|随便)?猜(?:一个|测)?答案|只能猜|(?:忘了|忘记|漏了?)(?:给出|写|说明|提供)/u;
export const DOUBTS_WEAK =
  /题(?:目|干|中)?(?:里|中)?(?:并)?(?:没有?|未)(?:说明?|给出|给|提到|指明|明确|告诉)|不(?:太)?(?:清楚|明确)|假设题(?:目|中)|姑且(?:假设|认为)|只好假设|含糊|有歧义|猜测/u;

export const ADVANCED =
  /特征(?:值|向量|方程)|行列式|雅可比|黑塞|拉格朗日|拉普拉斯|傅里叶|留数|流形|同态|同构|双射|陪集|生成函数|母函数|中国剩余定理|孙子定理|欧拉函数|勒让德|韦达|柯西|琴生|詹森|均值不等式|泰勒|麦克劳林|哈密顿|格林函数|贝塞尔|变分|微扰|渐近|卷积|鞅|马尔可夫|递推关系|外积|叉积|点积|内积|数量积|向量积|分部积分|偏导数?|梯度|散度|旋度|矩阵|容斥原理|隔板法|伯恩赛德|乘法逆元|复平面|单位根|参数化|希尔伯特|投影定理|泛函|范数|仿射|法向量|法式方程|线性代数|向量代数/gu;

/** A problem's sentence that asks. */
export const ASKING =
  /[？?]|^(?:请|试)?(?:求|计算|判断|证明|化简|解方程|问|写出|回答)|求[^，。]{0,20}(?:[。？]|$)|多少|几[个种次条天人]/u;

/** What stands right before a value that a sentence comes to; white space is gone there. */
export const ARRIVING =
  /(?:为|是|得到?|有|共|即|剩下?|还剩|需要?|用了?|花了?|等于|约|至|出|达到?|只有|[：])-?[\\($]*$/u;
export const CALCULATES = /加上?|减去?|乘以?|除以|的和|之和|之差|之积|的商|一半|[两三四五六七八九十]倍/u;
export const HEDGED = /我(?:记得|想|猜|觉得|怀疑|估计)|通常|大概|可能|也许|应该是|或许|据说|众所周知|[？?][”’）)\s]*$/u;
export const NAMES_ANSWER = /答案|^答[:：]/u;
export const GIVES_REASON = /因为|由于|所以|因此|故/u;
export const DRAWS = /^(?:所以|而|但)?[，,]?(?:这|那|它)(?:就)?(?:说明|意味着|表明|表示|告诉我们)|^也就是说/u;
export const CASE =
  /^[\s*_\-#]*(?:第?[一二三四五六七八九十\d]+种?(?:情况|情形|类)|(?:情况|情形|分类|可能性?)\s*[（(]?[一二三四五六七八九十\dA-Z])/u;

/** Characters that carry no content by themselves. */
const EMPTY = new Set(
  "的了么是在有和与或及也就都还又把被让使对从到由于为以而且但则其这那它个一不没很再最更之所可能会要应该我你他们们来去上下中里后前时着过吧呢吗啊",
);

/** The content of a Chinese text: pairs of neighbouring characters, since there are no spaces to part words by. */
export function pairsOf(run: string): string[] {
  const chars = [...run];
  if (chars.length === 1) return EMPTY.has(run) ? [] : [run];
  const pairs: string[] = [];
  for (let at = 0; at + 1 < chars.length; at++) {
    if (EMPTY.has(chars[at]!) && EMPTY.has(chars[at + 1]!)) continue;
    pairs.push(chars[at]! + chars[at + 1]!);
  }
  return pairs;
}
