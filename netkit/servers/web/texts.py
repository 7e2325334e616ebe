"""What the pages of the site say: data, in both languages, for a page's path says in which it is."""

from __future__ import annotations

TO_START = {"en": "Start page", "ru": "На главную"}
ERRORS = {
    400: {
        "en": "The request to {path} has a value that makes no sense here.",
        "ru": "В запросе к {path} есть значение, которое здесь не имеет смысла.",
    },
    401: {
        "en": "{path} is for those only who say a name and a password that are known here.",
        "ru": "{path} открыт только тем, кто назовёт известные здесь имя и пароль.",
    },
    404: {"en": "There is nothing at {path}.", "ru": "По адресу {path} ничего нет."},
    405: {
        "en": "{path} is there, but not for this method; the field Allow says for which.",
        "ru": "{path} здесь есть, но не для этого метода; для каких, сказано в поле Allow.",
    },
    413: {
        "en": "{path} was sent more than it can show.",
        "ru": "По адресу {path} пришло больше, чем можно показать.",
    },
    415: {
        "en": "{path} takes the fields of a form: application/x-www-form-urlencoded.",
        "ru": "{path} принимает поля формы: application/x-www-form-urlencoded.",
    },
}
OTHER_ERROR = {"en": "{path} could not be answered.", "ru": "На запрос к {path} ответить не удалось."}

HOME = {"en": "The web site of the course", "ru": "Учебный веб-сайт"}
HOME_TEXT = {
    "en": "This site runs on your own machine, inside your notebook's kernel, and is there for programs rather than "
    "for people. Its paths answer what a lesson needs: with what they were asked, slowly, wrongly or not at all.",
    "ru": "Этот сайт работает на вашем компьютере, в ядре вашей тетради, и сделан скорее для программ, чем для людей. "
    "Он отвечает так, как нужно уроку: повторяет запрос, медлит, ошибается или обрывает ответ.",
}
SECTIONS = (
    (
        ("Pages", "Страницы"),
        (
            (
                "/{lang}/search",
                "a form, sent by GET or by POST",
                "форма, отправляется через GET или POST",
            ),
            (
                "/cp1251",
                "Russian text in windows-1251",
                "русский текст в windows-1251",
            ),
            (
                "/koi8-r",
                "the same in koi8-r",
                "он же в koi8-r",
            ),
            (
                "/meta-charset",
                "its charset is told in its &lt;meta&gt; only",
                "кодировка указана только в &lt;meta&gt;",
            ),
            (
                "/no-charset",
                "its charset is told nowhere",
                "кодировка не указана нигде",
            ),
            (
                "/encoding/utf8",
                "many scripts in UTF-8",
                "разные письменности в UTF-8",
            ),
            (
                "/private/",
                "asks for a name and a password",
                "спрашивает имя и пароль",
            ),
            (
                "/forms/post",
                "an order, for /post",
                "заказ, уходит в /post",
            ),
        ),
    ),
    (
        ("What was asked", "Что было в запросе"),
        (
            (
                "/get?n=1&amp;n=3",
                "the request as JSON; also /post /put /patch /delete",
                "запрос в виде JSON; есть и /post /put /patch /delete",
            ),
            (
                "/anything/else",
                "by any method, at any path",
                "любым методом, по любому пути",
            ),
            (
                "/headers",
                "the header; also /ip /user-agent",
                "заголовок; есть и /ip /user-agent",
            ),
            (
                "/cookies",
                "cookies; also /cookies/set?name=value /cookies/delete?name",
                "cookie; есть и /cookies/set?name=value /cookies/delete?name",
            ),
        ),
    ),
    (
        ("Answers to order", "Ответы на заказ"),
        (
            (
                "/status/418",
                "any status",
                "любой код состояния",
            ),
            (
                "/redirect/3",
                "redirects; also /redirect-to?url=",
                "перенаправление; есть и /redirect-to?url=",
            ),
            (
                "/response-headers?X-Name=value",
                "a header",
                "заголовок ответа",
            ),
            (
                "/basic-auth/user/secret",
                "asks for that name and password; also /digest-auth/auth/user/secret /bearer",
                "спрашивает это имя и этот пароль; есть и /digest-auth/auth/user/secret /bearer",
            ),
            (
                "/cache",
                "conditional requests; also /etag/x /cache/60",
                "условные запросы; есть и /etag/x /cache/60",
            ),
            (
                "/gzip",
                "compressed; also /deflate",
                "сжатый ответ; есть и /deflate",
            ),
        ),
    ),
    (
        ("Bytes", "Байты"),
        (
            (
                "/file/100000",
                "a file of any size; ?speed=20000: bytes a second; ?length=no: without Content-Length",
                "файл любого размера; ?speed=20000: байт в секунду; ?length=no: без Content-Length",
            ),
            (
                "/truncated/100000",
                "half of what it announces",
                "половина обещанного",
            ),
            (
                "/bytes/100?seed=1",
                "random bytes; also /stream-bytes/100",
                "случайные байты; есть и /stream-bytes/100",
            ),
            (
                "/range/1000",
                "can be asked for in parts",
                "можно получить по частям",
            ),
            (
                "/drip?duration=3",
                "drop by drop; also /delay/3 /stream/5",
                "по капле; есть и /delay/3 /stream/5",
            ),
            (
                "/image/png",
                "documents; also /html /json /xml /robots.txt /links/10/0 /base64/TmV0",
                "документы; есть и /html /json /xml /robots.txt /links/10/0 /base64/TmV0",
            ),
        ),
    ),
)

SEARCH = {"en": "Search", "ru": "Поиск"}
SEARCH_FORM = {
    "en": ("What to look for", "Numbers", "Charset", "Send by GET", "Send by POST"),
    "ru": ("Что искать", "Числа", "Кодировка", "Отправить через GET", "Отправить через POST"),
}
SEARCH_GOT = {
    "en": ("What came", "method {method}, in the {place}, {n} bytes, read as {charset}"),
    "ru": ("Что пришло", "метод {method}, {place}, байт: {n}, прочитано как {charset}"),
}
SEARCH_PLACE = {
    "en": {"query": "query after the ?", "body": "body"},
    "ru": {"query": "в запросе после ?", "body": "в теле"},
}
SEARCH_HEAD = {
    "en": ("Name", "As it came", "Bytes", "Decoded"),
    "ru": ("Имя", "Как пришло", "Байты", "Прочитано"),
}
SEARCH_NOTHING = {"en": "Nothing came yet.", "ru": "Пока ничего не пришло."}
SEARCH_UNKNOWN = {
    "en": "The charset {charset} is not known here.",
    "ru": "Кодировка {charset} здесь неизвестна.",
}

CHARSET_TITLE = "Привет, сеть!"
CHARSET_TEXT = "Эта страница набрана по-русски. Чтобы её прочесть, надо знать кодировку; угадывать её ненадёжно."

PRIVATE = {"en": "My page", "ru": "My page"}
PRIVATE_TEXT = {
    "en": "Hello, {user}! You got in, and these files are for you:",
    "ru": "Здравствуйте, {user}! Вы вошли, и эти файлы — для вас:",
}
PRIVATE_FILES = {
    "notes.txt": "Basic authorization sends the password with every request, encoded and not encrypted.\n",
    "timetable.csv": "day,hour,subject\nMonday,10:00,sockets\nTuesday,12:00,mail\nFriday,14:00,the web\n",
}
