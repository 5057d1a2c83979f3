"""Chinese names as they stand in the tables of an office, for tests."""

from __future__ import annotations

import random
from functools import cache

ROADS = [
    "吉林大路",
    "福安街",
    "东盛大街",
    "临河街",
    "自由大路",
    "公平路",
    "岭东路",
    "乐群街",
    "荣光路",
    "和顺街",
    "远达大街",
    "民丰大街",
    "惠工路",
    "四通路",
    "洋浦大街",
    "长吉南线",
    "东荣大路",
    "河东路",
    "滨河东路",
    "经纬路",
    "武汉路",
    "深圳街",
    "昆山路",
    "会展大街",
    "北环城路",
    "杨家店街",
    "二道街",
    "三道街",
    "开封街",
    "珠海路",
    "生态大街",
    "净月大街",
    "南三环",
    "东四环",
    "英俊镇西路",
]
PLACES = [
    "和顺小区",
    "天光社区",
    "长青社区",
    "杨家崴子村",
    "泉眼镇",
    "英俊镇",
    "劝农山镇",
    "四家乡",
    "八里堡街道",
    "远达街道",
    "吉盛小区",
    "万通社区",
    "东站街道",
    "荣光街道",
    "中东大市场",
    "劳动公园",
    "伊通河",
    "雾开河",
    "莲花山",
    "石头口门水库",
    "万科惠斯勒",
    "保利罗兰香谷",
    "亚泰樱花苑",
    "钻石城",
    "富腾国际",
    "二道区政府",
    "第五十二中学",
    "东盛小学",
    "吉林省前卫医院",
]
WORDS = [
    "在建",
    "已完成",
    "未开工",
    "计划",
    "沥青混凝土",
    "水泥路面",
    "改造",
    "新建",
    "棚户区",
    "雨污分流",
    "绿化",
    "道路名称",
    "备注",
    "长度",
    "面积",
    "起点",
    "止点",
    "施工单位",
    "管养单位",
    "建设年代",
    "市政设施维护管理中心",
    "完工日期",
    "无",
    "是",
    "否",
    "主干路",
    "次干路",
    "支路",
]
RARE = "㙍㴔䥽䲟堃垚喆犇淼玥璟旸頔翀韡亹𠮷𠅤𡐓𫍯𬭚"
"""Of them GBK lacks some, and GB18030 says those in four bytes."""


@cache
def level1() -> str:
    """Give the 3,755 hanzi of the first level of GB2312."""
    pairs = (bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return "".join(pair.decode("gb2312", "ignore") for pair in pairs)


def name(rng: random.Random, length: int, *, rare: bool = False) -> str:
    """Make a text of a length: names in a row, or in a third of all hanzi at random."""
    if rng.random() < 1 / 3:
        text = "".join(rng.choices(level1(), k=length))
    else:
        text = ""
        while len(text) < length:
            text += rng.choice(rng.choice((ROADS, PLACES, WORDS)))
    text = text[:length]
    if rare:
        at = rng.randrange(length)
        text = text[:at] + rng.choice(RARE) + text[at + 1 :]
    return text
