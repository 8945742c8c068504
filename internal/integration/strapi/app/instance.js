// Starts the Strapi of this folder without its admin panel, runs one command on it, and prints one line of JSON:
//
//	node instance.js seed          content of every kind: components, a dynamic zone, locales, files, both morphs, a webhook
//	node instance.js fill N KB     N more articles with a body of KB kilobytes
//	node instance.js fill N KB F   the same, each with a link to one category, and F files of 2 MiB
//	node instance.js serve         serves until standard input ends
//
// PORT, DATABASE_FILE and TRANSFER_TOKEN_SALT configure it. TOKENS is a JSON array of {name, permissions, accessKey} that serve
// creates as transfer tokens.
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { createStrapi } = require('@strapi/strapi');

const file = (strapi, name, mimetype, content) => {
	const filepath = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'seed-')), 'file');
	fs.writeFileSync(filepath, content);
	return strapi.plugin('upload').service('upload').upload({
		data: {},
		files: [{ filepath, originalFilename: name, mimetype, size: content.length }],
	}).then(([uploaded]) => uploaded);
};

const seed = async (strapi) => {
	const articles = strapi.documents('api::article.article');
	const categories = strapi.documents('api::category.category');

	await strapi.plugin('i18n').service('locales').create({ code: 'fr', name: 'French (fr)' });
	const sharp = require('sharp');
	const png = await sharp({ create: { width: 1200, height: 800, channels: 3, background: '#7b79ff' } }).png().toBuffer();
	const image = await file(strapi, 'img.png', 'image/png', png);
	const text = await file(strapi, 'doc ümläut é.txt', 'text/plain', Buffer.from('first line\nsecond line\n'.repeat(16)));
	const other = await file(strapi, 'noext.bin', 'application/octet-stream', Buffer.from([0, 1, 2, 253, 254, 255, 10, 13]));
	const empty = await file(strapi, 'empty.txt', 'text/plain', Buffer.from(''));

	const root = await categories.create({ data: { name: 'Root' }, locale: 'en' });
	const child = await categories.create({ data: { name: 'Kid', parent: root.documentId }, locale: 'en' });
	await categories.update({ documentId: root.documentId, locale: 'fr', data: { name: 'Racine' } });

	const one = await articles.create({
		data: {
			title: 'One "quoted" \u2028 é 😀',
			body: 'line1\nline2',
			cover: image.id,
			gallery: [image.id, text.id, other.id, empty.id],
			seo: { metaTitle: 'm', shareImage: image.id, related: root.documentId },
			quotes: [{ text: 'q1', seo: { metaTitle: 'n' } }, { text: 'q2' }],
			category: child.documentId,
		},
	});
	const two = await articles.create({ data: { title: 'Two', category: child.documentId, see_also: [one.documentId] } });
	await articles.create({ data: { title: 'Three', see_also: [two.documentId, one.documentId] } });
	await articles.publish({ documentId: one.documentId });

	await strapi.documents('api::homepage.homepage').create({
		data: {
			headline: 'Hi',
			sections: [
				{ __component: 'default.seo', metaTitle: 'zone' },
				{ __component: 'default.quote', text: 'in a zone', seo: { metaTitle: 'deep' } },
			],
			featured: [
				{ __type: 'api::article.article', id: one.id },
				{ __type: 'api::category.category', id: root.id },
			],
			pinned: { __type: 'api::category.category', id: root.id },
			settings: { a: [1, 2, { b: null }] },
			big: '9007199254740992',
			price: 1.25,
			day: '2026-11-25',
			secret: 'hunter2',
		},
	});
	await strapi.get('webhookStore').createWebhook({
		name: 'hook',
		url: 'http://127.0.0.1:9/hook',
		headers: { Authorization: 'Bearer of a webhook' },
		events: ['entry.create'],
		isEnabled: false,
	});
	return { seeded: true };
};

const fill = async (strapi, count, kilobytes, files) => {
	const more = {};
	if (files) {
		const category = await strapi.db.query('api::category.category').create({ data: { name: 'Filled', locale: 'en' } });
		more.category = category.id;
		for (let i = 0; i < files; i += 1) {
			await file(strapi, `filled${i}.bin`, 'application/octet-stream', crypto.randomBytes(2 << 20));
		}
	}
	const articles = strapi.db.query('api::article.article');
	const body = 'lorem ipsum dolor sit amet '.repeat(Math.ceil((kilobytes * 1024) / 27)).slice(0, kilobytes * 1024);
	for (let i = 0; i < count; i += 500) {
		await strapi.db.transaction(async () => {
			for (let j = i; j < Math.min(count, i + 500); j += 1) {
				await articles.create({ data: { documentId: `fill${String(j).padStart(20, '0')}`, title: `Filled ${j}`, body, ...more } });
			}
		});
	}
	return { filled: count };
};

const createTokens = async (strapi) => {
	const service = strapi.service('admin::transfer').token;
	for (const token of JSON.parse(process.env.TOKENS || '[]')) {
		if (!(await service.exists({ name: token.name }))) {
			await service.create({ description: '', lifespan: null, ...token });
		}
	}
};

const main = async () => {
	const [command, ...args] = process.argv.slice(2);
	const strapi = createStrapi({ appDir: __dirname, distDir: __dirname, serveAdminPanel: false });
	strapi.log.transports.forEach((transport) => { transport.stderrLevels = undefined; transport.silent = true; });
	if (command === 'serve') {
		await strapi.start();
		await createTokens(strapi);
		process.stdin.resume().on('end', () => strapi.stop(0));
		process.stdout.write(`${JSON.stringify({ port: strapi.server.httpServer.address().port })}\n`);
		return;
	}
	await strapi.load();
	const result = command === 'seed' ? await seed(strapi) : await fill(strapi, ...args.map(Number));
	await strapi.destroy();
	process.stdout.write(`${JSON.stringify(result)}\n`);
	process.exit(0);
};

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
