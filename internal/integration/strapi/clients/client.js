// Transfers between an archive and a remote end, as the command line of a Strapi of another version does:
//
//	node client.js VERSION push ARCHIVE URL
//	node client.js VERSION pull ARCHIVE URL
//
// The engine, its provider for the remote end and its provider for archives are those of @strapi/data-transfer in that version.
// The flags of the engine and the parameters of a push are those of the command line. ARCHIVE is a .tar without compression;
// a pull is given its name without the extension. CLIENTS names the folder of the packages, and TOKEN is the token.
const path = require('node:path');
const { createRequire } = require('node:module');
const { Readable } = require('node:stream');

const [version, direction, archive, address] = process.argv.slice(2);
const { engine, file, strapi } = createRequire(path.join(process.env.CLIENTS, 'package.json'))(`data-transfer-${version}`);

const remote = { url: new URL(address), auth: { type: 'token', token: process.env.TOKEN } };
// From 5.43 on, the command line asks for checksums unless it is told not to. Before, there are none.
if (version === '5.43.0') {
	remote.verifyChecksums = true;
}

const source = direction === 'push'
	? file.providers.createLocalFileSourceProvider({
		file: { path: archive },
		encryption: { enabled: false },
		compression: { enabled: false },
	})
	: strapi.providers.createRemoteStrapiSourceProvider({ ...remote, getStrapi: () => undefined });
const destination = direction === 'pull'
	? file.providers.createLocalFileDestinationProvider({
		file: { path: archive },
		encryption: { enabled: false },
		compression: { enabled: false },
	})
	: strapi.providers.createRemoteStrapiDestinationProvider({
		...remote,
		strategy: 'restore',
		restore: {
			entities: { exclude: ['admin::permission', 'admin::user', 'admin::role', 'admin::transfer-token'] },
			assets: true,
			configuration: { webhook: true, coreStore: true },
		},
	});

// A remote end tells its schemas on request. No version writes them into an archive, which would not be whole without them.
if (direction === 'pull') {
	source.createSchemasReadStream = async () => Readable.from(Object.values(await source.getSchemas()));
}

const transfer = engine.createTransferEngine(source, destination, {
	versionStrategy: 'exact',
	schemaStrategy: 'strict',
	exclude: [],
	only: [],
	transforms: { links: [], entities: [] },
});
transfer.diagnostics.onDiagnostic(({ kind, details }) => kind === 'error' && console.error(details.message));
// As --force does.
transfer.onSchemaDiff((context, next) => {
	context.ignoredDiffs = { ...context.diffs, ...context.ignoredDiffs };
	return next(context);
});
transfer.transfer().then(
	() => process.exit(0),
	(error) => {
		console.error(error);
		process.exit(1);
	},
);
