CREATE TABLE IF NOT EXISTS authors (
	id   INTEGER PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS categories (
	id   INTEGER PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL,
	slug TEXT NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS files (
	id               INTEGER PRIMARY KEY AUTOINCREMENT,
	name             TEXT NOT NULL,
	alternative_text TEXT,
	hash             TEXT NOT NULL,
	ext              TEXT,
	mime             TEXT,
	size             DECIMAL(10, 2), -- in kilobytes, as Strapi has it
	width            INTEGER,
	height           INTEGER,
	url              TEXT,
	provider         TEXT
);
CREATE TABLE IF NOT EXISTS articles (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	title        TEXT NOT NULL,
	slug         TEXT NOT NULL UNIQUE,
	body         TEXT,
	published_at DATETIME,
	author_id    INTEGER NOT NULL REFERENCES authors (id),
	cover_id     INTEGER REFERENCES files (id)
);
CREATE TABLE IF NOT EXISTS article_categories (
	article_id  INTEGER NOT NULL REFERENCES articles (id),
	category_id INTEGER NOT NULL REFERENCES categories (id),
	position    INTEGER,
	PRIMARY KEY (article_id, category_id)
);
