"""The embedded data set of word segmentation: sentences that can be split in two ways."""

import random

from keras_seq.tasks.tagging.data import TaggedText
from keras_seq.tasks.tagging.segmentation_data import words_to_tagged_text

SIZES = {"train": 4000, "validation": 500, "test": 1000}

# fmt: off
_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛超霞平刚桂英华玉兰飞红梅云龙春建国文明志海燕雪晨"
_PLACES = "青清白金银石松柏柳桃梅兰竹泉溪湖沙龙凤虎鹿鹤永安定兴昌宁福丰泰和东南西北"
_KINDS = ["市", "县", "镇", "村"]
_NUMBERS = ["两", "三", "四", "五", "十", "十二", "二十", "三十"]
_TIMES = ["今天", "昨天", "明天", "上午", "晚上", "去年", "星期天"]
_JOBS = ["医生", "老师", "记者", "司机", "农民", "工人", "会计", "研究生", "大学生", "服务员"]
_GOODS = ["苹果", "和服", "服装", "书", "自行车", "手机", "茶叶", "把手", "地图", "钢琴"]
# fmt: on

# Words separated by spaces; P is a person's name, L a place; the others are fillers. In many
# sentences maximum matching from the left is wrong. Each sentence has a name, and each name is in
# only one split, so every sentence is in only one split.
TEMPLATES = (
    "{P} 在 大学 生活 了 {n} 年",
    "{L} 的 这些 大学生 活 得 很 快乐",
    "{P} {t} 开始 研究 生命 的 起源",
    "研究生 {P} {t} 在 图书馆 看 书",
    "{P} 从小 学 钢琴",
    "{P} 从 小学 毕业 已经 {n} 年 了",
    "请 {P} 把 手 放 在 桌子 上",
    "{L} 的 工人 修理 门 的 把手",
    "{P} 这 个 人 才 {n} 岁",
    "{L} 需要 人才",
    "{P} 学会 计算 了",
    "{P} {t} 学 会计 课",
    "{P} 马上 就 来 {L}",
    "{P} 坐 在 马 上",
    "{L} 的 价格 和 服务 都 很 好",
    "{P} 喜欢 和服",
    "{L} 结婚 的 和 尚未 结婚 的 人 都 来 了",
    "和尚 住 在 {L} 的 山 上",
    "{L} 的 湖 里 有 {n} 只 白 天鹅",
    "白天 鹅 在 {L} 的 湖 里 游泳",
    "{P} 和 {P} {t} 到 {L} 去 了",
    "{P} 是 {L} 的 {job}",
    "{job} {P} {t} 买 了 {n} 个 {good}",
    "{P} 对 {P} 说 : “ 我 不 喜欢 {good} 。 ”",
    "从 {L} 到 {L} 有 {n} 公里",
    "{t} {L} 下 了 大雨",
    "{L} 卖 {good} 的 人 很 多",
    "{P} 把 {good} 送 给 了 {job}",
    "{n} 个 {job} 在 {L} 等 {P}",
    "{L} 的 {good} 比 {L} 的 好",
)


def synthetic_segmented_text(seed: int = 0) -> dict[str, TaggedText]:
    """Segmented Chinese sentences with names; no sentence and no name is in two splits.

    Pairs of sentences contain the same characters with different words ("大学 生活", "大学生 活"),
    and names consist of common characters, so a dictionary is not enough.

    Args:
        seed: integer; the same seed gives the same sentences.

    Returns:
        Dictionary of "train" (4,000), "validation" (500), "test" (1,000) -> `TaggedText` of
        characters, with the tags B, M, E and S.

    Example:

    >>> splits = keras_seq.tasks.tagging.synthetic_segmented_text(seed=0)
    >>> {name: len(split) for name, split in splits.items()}
    {'train': 4000, 'validation': 500, 'test': 1000}
    """
    draw = random.Random(f"run together {seed}")
    taken, splits = set(), {}
    for split, size in SIZES.items():
        names, sentences = set(), []
        while len(sentences) < size:
            sentences.append(_sentence(draw, taken, names))
        taken |= names
        splits[split] = words_to_tagged_text(sentences, f"embedded, seed {seed}: {split}")
    return splits


def _sentence(draw, taken, names):
    words = []
    for word in [*draw.choice(TEMPLATES).split(), draw.choice(("。", "。", "。", "！"))]:
        slot = word.strip("{}")
        if slot == word:
            words.append(word)
        elif slot in "PL":
            words.append(_name(draw, slot, taken, names))
        else:
            fillers = {"n": _NUMBERS, "t": _TIMES, "job": _JOBS, "good": _GOODS}
            words.append(draw.choice(fillers[slot]))
    return words


def _name(draw, slot, taken, names):
    """A name that no other split contains."""
    while True:
        if slot == "P":
            given = draw.sample(_GIVEN, draw.choice((1, 2, 2)))
            name = draw.choice(_SURNAMES) + "".join(given)
        else:
            name = "".join(draw.sample(_PLACES, 2)) + draw.choice(_KINDS)
        if name not in taken:
            names.add(name)
            return name
