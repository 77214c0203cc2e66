package session

import (
	"strconv"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"

	"github.com/sluice-sor/sluice/fixgw/dictionary"
)

// settings translates a Config for quickfixgo. dir takes the dictionary.
func (c *Config) settings(dir string) (*quickfix.SessionSettings, error) {
	s := quickfix.NewSessionSettings()
	if err := c.dictionaries(s, dir); err != nil {
		return nil, err
	}
	s.Set(config.BeginString, c.BeginString)
	s.Set(config.SenderCompID, c.SenderCompID)
	s.Set(config.TargetCompID, c.TargetCompID)
	s.Set(config.CheckUserDefinedFields, yesNo(!c.TolerateUserFields))
	s.Set(config.AllowUnknownMessageFields, yesNo(c.TolerateUnknownFields))
	s.Set(config.ResetOnLogon, yesNo(c.ResetOnLogon))
	s.Set(config.ResetOnLogout, yesNo(c.ResetOnLogout))
	s.Set(config.ResetOnDisconnect, yesNo(c.ResetOnDisconnect))
	s.Set(config.ResendRequestChunkSize, strconv.Itoa(c.ResendChunk))
	s.Set(config.InChanCapacity, strconv.Itoa(c.InChan))
	s.Set(config.MaxLatency, seconds(c.MaxLatency))
	s.Set(config.TimeStampPrecision, c.precision())
	s.Set(config.PersistMessages, "Y")
	c.Schedule.apply(s)
	return s, nil
}

// dictionaries sets the data dictionary; a FIXT session has one for the transport
// and one for the application, whose version it tells in its Logon (1137).
func (c *Config) dictionaries(s *quickfix.SessionSettings, dir string) (err error) {
	path := c.Dictionary
	if path == "" {
		if path, err = dictionary.Write(dir, c.BeginString); err != nil {
			return err
		}
	}
	if c.BeginString != quickfix.BeginStringFIXT11 {
		s.Set(config.DataDictionary, path)
		return nil
	}
	transport, err := dictionary.WriteTransport(dir)
	if err != nil {
		return err
	}
	s.Set(config.TransportDataDictionary, transport)
	s.Set(config.AppDataDictionary, path)
	s.Set(config.DefaultApplVerID, quickfix.ApplVerIDFIX50SP2)
	return nil
}

// precision is that of SendingTime(52): microseconds (FIX-11), but milliseconds
// in FIX 4.2, whose timestamps end there.
func (c *Config) precision() string {
	if c.BeginString == "FIX.4.2" {
		return "MILLIS"
	}
	return "MICROS"
}

// apply sets the session's hours, if it has any.
func (h Schedule) apply(s *quickfix.SessionSettings) {
	if h == (Schedule{}) {
		return
	}
	s.Set(config.StartTime, h.StartTime)
	s.Set(config.EndTime, h.EndTime)
	s.Set(config.TimeZone, h.TimeZone)
	if h.StartDay != "" || h.EndDay != "" {
		s.Set(config.StartDay, h.StartDay)
		s.Set(config.EndDay, h.EndDay)
	}
	if h.Weekdays != "" {
		s.Set(config.Weekdays, h.Weekdays)
	}
}

// initiatorSettings adds what an initiator needs to dial through its relay. The
// address is the venue's name for the log; the relay knows the way.
func (c *Config) initiatorSettings(dir string, port int, user, secret string) (*quickfix.SessionSettings, error) {
	s, err := c.settings(dir)
	if err != nil {
		return nil, err
	}
	s.Set(config.HeartBtInt, seconds(c.HeartBtInt))
	s.Set(config.ReconnectInterval, c.Reconnect.String())
	s.Set(config.LogonTimeout, c.LogonTimeout.String())
	s.Set(config.LogoutTimeout, c.LogoutTimeout.String())
	s.Set(config.SocketConnectHost, "venue.invalid")
	s.Set(config.SocketConnectPort, "1")
	s.Set(config.ProxyType, "socks")
	s.Set(config.ProxyHost, "127.0.0.1")
	s.Set(config.ProxyPort, strconv.Itoa(port))
	s.Set(config.ProxyUser, user)
	s.Set(config.ProxyPassword, secret)
	return s, nil
}

func yesNo(b bool) string {
	if b {
		return "Y"
	}
	return "N"
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
