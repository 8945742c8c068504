package integration

import (
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/seed-39e76d91/transfertoken/sqlstore"
)

// withParam returns tbl with a parameter in its data source name.
func (tbl testTable) withParam(t testing.TB, key, value string) testTable {
	if tbl.dialect == sqlstore.PostgreSQL && !strings.Contains(tbl.dsn, "://") {
		tbl.dsn += " " + key + "=" + value
		return tbl
	}
	name, query, _ := strings.Cut(tbl.dsn, "?")
	params, err := url.ParseQuery(query)
	require.NoError(t, err)
	params.Set(key, value)
	tbl.dsn = name + "?" + strings.ReplaceAll(params.Encode(), "+", "%20")
	return tbl
}

// serverAddress returns the address at which the server listens.
func (tbl testTable) serverAddress(t testing.TB) (network, address string) {
	if tbl.dialect == sqlstore.PostgreSQL {
		config, err := pgx.ParseConfig(tbl.dsn)
		require.NoError(t, err)
		return pgconn.NetworkAddress(config.Host, config.Port)
	}
	config, err := mysql.ParseDSN(tbl.dsn)
	require.NoError(t, err)
	return config.Net, config.Addr
}

// atAddress returns tbl at another TCP address.
func (tbl testTable) atAddress(t testing.TB, address string) testTable {
	if tbl.dialect == sqlstore.PostgreSQL {
		host, port, err := net.SplitHostPort(address)
		require.NoError(t, err)
		return tbl.withParam(t, "host", host).withParam(t, "port", port)
	}
	config, err := mysql.ParseDSN(tbl.dsn)
	require.NoError(t, err)
	config.Net, config.Addr = "tcp", address
	tbl.dsn = config.FormatDSN()
	return tbl
}

// asUser returns tbl for another user of MySQL.
func (tbl testTable) asUser(t testing.TB, user, password string) testTable {
	config, err := mysql.ParseDSN(tbl.dsn)
	require.NoError(t, err)
	config.User, config.Passwd = user, password
	tbl.dsn = config.FormatDSN()
	return tbl
}

// inDatabase returns tbl in another database of MySQL.
func (tbl testTable) inDatabase(t testing.TB, database string) testTable {
	config, err := mysql.ParseDSN(tbl.dsn)
	require.NoError(t, err)
	config.DBName = database
	tbl.dsn = config.FormatDSN()
	return tbl
}
