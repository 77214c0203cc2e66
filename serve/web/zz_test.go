package web
import ("testing";"net/http";"io";"time")
func TestLong(t *testing.T){ d:=newDesk(t); url:=start(t,New(d.v,quiet())); res,err:=http.Get(url+"/api/v1/stream"); if err!=nil{t.Fatal(err)}; t0:=time.Now(); go func(){time.Sleep(14*time.Second); res.Body.Close()}(); io.Copy(io.Discard,res.Body); t.Logf("open %v",time.Since(t0)); http.DefaultTransport.(*http.Transport).CloseIdleConnections()}
