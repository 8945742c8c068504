// Runs commands of Strapi's command line one after another in this process, where Strapi's modules are loaded once.
//
// Each line of standard input is a JSON object with dir, the folder of a project, and args. The answer to it is a line on
// descriptor 3, with output and code. What Strapi does is unchanged, except that process.exit ends the command and not the
// process: an error is thrown in its place, its connections are closed, and its database too.
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const readline = require('node:readline');

const { runCLI } = require(path.join(path.dirname(require.resolve('@strapi/strapi/package.json')), 'dist', 'cli'));

const exited = new Error('the command has exited');
let running; // {output, resolve}, or undefined between two commands

const end = (code) => {
	running?.resolve({ output: running.output, code });
	running = undefined;
};

process.exit = (code) => {
	end(code ?? process.exitCode ?? 0);
	throw exited;
};
for (const stream of [process.stdout, process.stderr]) {
	stream.write = (text, encoding, callback) => {
		if (running) running.output += text;
		(typeof encoding === 'function' ? encoding : callback)?.();
		return true;
	};
}
// As in a process of its own, where an error that nobody handles ends the command.
for (const event of ['uncaughtException', 'unhandledRejection']) {
	process.on(event, (error) => {
		if (!running || error === exited) return;
		running.output += `${event}: ${error?.stack ?? error}\n`;
		end(1);
	});
}

const run = async ({ dir, args }) => {
	process.chdir(dir);
	process.exitCode = undefined;
	const result = await new Promise((resolve) => {
		running = { output: '', resolve };
		const argv = [process.argv[0], 'strapi', ...args];
		runCLI(argv).then(() => process.exit(), (error) => {
			if (error !== exited) throw error;
		});
	});
	for (const handle of process._getActiveHandles()) {
		if (handle instanceof net.Socket && handle.remoteAddress) handle.destroy();
	}
	await global.strapi?.destroy?.().catch(() => {});
	global.strapi = undefined;
	return result;
};

const main = async () => {
	for await (const line of readline.createInterface({ input: process.stdin })) {
		fs.writeSync(3, `${JSON.stringify(await run(JSON.parse(line)))}\n`);
	}
	process.reallyExit(0);
};

main();
