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

// with returns the place under a data source name that has this parameter.
func (p place) with(t testing.TB, key, value string) place {
	if p.dialect == sqlstore.PostgreSQL && !strings.Contains(p.dsn, "://") {
		p.dsn += " " + key + "=" + value
		return p
	}
	name, query, _ := strings.Cut(p.dsn, "?")
	params, err := url.ParseQuery(query)
	require.NoError(t, err)
	params.Set(key, value)
	p.dsn = name + "?" + strings.ReplaceAll(params.Encode(), "+", "%20")
	return p
}

// address returns where the server of the place listens.
func (p place) address(t testing.TB) (network, address string) {
	if p.dialect == sqlstore.PostgreSQL {
		config, err := pgx.ParseConfig(p.dsn)
		require.NoError(t, err)
		return pgconn.NetworkAddress(config.Host, config.Port)
	}
	config, err := mysql.ParseDSN(p.dsn)
	require.NoError(t, err)
	return config.Net, config.Addr
}

// at returns the place as it is reached at another TCP address.
func (p place) at(t testing.TB, address string) place {
	if p.dialect == sqlstore.PostgreSQL {
		host, port, err := net.SplitHostPort(address)
		require.NoError(t, err)
		return p.with(t, "host", host).with(t, "port", port)
	}
	config, err := mysql.ParseDSN(p.dsn)
	require.NoError(t, err)
	config.Net, config.Addr = "tcp", address
	p.dsn = config.FormatDSN()
	return p
}

// as returns the place of MySQL for another user.
func (p place) as(t testing.TB, user, password string) place {
	config, err := mysql.ParseDSN(p.dsn)
	require.NoError(t, err)
	config.User, config.Passwd = user, password
	p.dsn = config.FormatDSN()
	return p
}

// in returns the place of MySQL in another database.
func (p place) in(t testing.TB, database string) place {
	config, err := mysql.ParseDSN(p.dsn)
	require.NoError(t, err)
	config.DBName = database
	p.dsn = config.FormatDSN()
	return p
}
