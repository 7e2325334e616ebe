"""What the letters say with which the student's maildrop begins: data, in the languages of their writers."""

from __future__ import annotations

WELCOME = """
Hello,

this maildrop is yours for the course. Whatever is sent to student@netkit.test
lands here, and nothing leaves your machine.

Look at the next lines when they go over the wire: in front of each dot at the
beginning of a line the server puts another one, and poplib takes it off again.

.bashrc
..
.
Were it not so, the letter would have ended two lines ago.

The lecturer
"""
TIMETABLE = """
Уважаемые студенты!

Занятия по сетевому программированию — по понедельникам, аудитория № 404.
Если аудитория не найдена, это не ошибка.

Это письмо набрано в кодировке windows-1251 и идёт по проводу как есть, по
восемь бит на букву. Как прочесть его байты, сказано только в заголовке.

Деканат
"""
SOCKETS = """
Привет!

Ты уже понял, почему recv вернул меньше, чем отправил sendall? Я вчера долго
смотрела на стрелки диаграммы, и оказалось: TCP - это поток, а не письма.

Оля

P. S. Здесь koi8-r. Отними у каждого байта старший бит, и выйдет "pRIWET".
"""
GREETINGS = """
Привет, hello, ¡hola!, γειά σου, שלום, 你好 — one letter, one encoding: UTF-8.

🐍 takes four bytes, я takes two, a takes one.

Zoë
"""
NEWS = """
FTP (1971), Telnet (1969), mail (1982, as RFC 821), DNS (1983) and POP (1984)
still answer when you speak to them by hand. Try it this week.
"""
NEWS_HTML = """
<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Five protocols</title></head>
<body style="font-family: sans-serif">
<h1>Five protocols that are <em>older than you</em></h1>
<table border="1"><tr><th>FTP</th><td>1971</td></tr><tr><th>Telnet</th><td>1969</td></tr>
<tr><th>Mail</th><td>1982</td></tr><tr><th>DNS</th><td>1983</td></tr><tr><th>POP</th><td>1984</td></tr></table>
<p>They still answer — try it <b>this week</b>.</p>
<!-- A picture like this one tells its owner that you have read the letter; a script could do more. -->
<img src="http://tracker.example/seen.gif?student" width="1" height="1" alt="">
<script>document.title = "scripts ran"</script>
</body></html>
"""
HOMEWORK = """
Two files: what was on the board, and the program that we began. Finish it by
Monday, and send it back to lecturer@netkit.test.
"""
PROGRAM_NAME = "%D0%BF%D0%B0%D0%BB%D0%B8%D0%BD%D0%B4%D1%80%D0%BE%D0%BC.py"  # палиндром.py (RFC 2231)
PROGRAM = '''
"""Палиндром: слово, которое читается одинаково в обе стороны."""


def is_palindrome(word: str) -> bool:
    ...
'''
